// SPDX-License-Identifier: Apache-2.0
#include "sim/measured/latency_samples.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <string>

#include "sim/measured/measured_case.hpp"

namespace brokersim {

std::vector<double> read_latency_samples(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw MeasuredCaseError("cannot be opened", false);
  std::vector<double> samples;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    double ms = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), ms);
    if (error == std::errc{} && end == line.data() + line.size() && std::isfinite(ms)) {
      samples.push_back(ms);
    } else if (number > 1) {
      throw MeasuredCaseError("line " + std::to_string(number) + ": \"" + line.substr(0, 40) + "\" is no number of ms",
                              false);
    }
  }
  if (samples.empty()) throw MeasuredCaseError("no latencies in it", false);
  return samples;
}

}  // namespace brokersim
