// SPDX-License-Identifier: Apache-2.0
// What was measured on a real cluster, next to the scenario that describes it.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace brokersim {

/// A series of latencies that was measured, and where its counterpart is found in a traced run.
struct MeasuredSeries {
  enum class Kind : std::uint8_t {
    acknowledgement,       ///< acknowledgement minus send
    delivery,              ///< handed to the application minus intended send, by each of `groups`
    visibility_difference  ///< per record: delivery by each of `groups` minus delivery by `other_group`
  };
  Kind kind = Kind::acknowledgement;
  std::string name;                ///< of the producer or reader, or "X minus Y"
  std::vector<TopicIndex> topics;  ///< whose records are pooled
  std::vector<GroupIndex> groups;  ///< whose deliveries are pooled; none for acknowledgements
  GroupIndex other_group;
  std::uint64_t records = 0;                         ///< behind the quantiles; 0: not known
  std::vector<std::pair<double, double>> quantiles;  ///< (p, ms), p ascending in (0, 1)
};

/// IP bytes a second from one host to another; hosts as in RecordTrace.
struct MeasuredTraffic {
  std::string name;  ///< "b1->cla"
  std::uint32_t from = 0, to = 0;
  double bytes_per_second = 0;
};

/// One experiment. The scenario says everything but what software costs.
struct MeasuredCase {
  std::string id;
  Scenario scenario;                 ///< one read policy; traced
  bool latencies_are_judged = true;  ///< false where the measurement itself says that its latencies suffered
  std::vector<MeasuredSeries> series;
  std::vector<MeasuredTraffic> traffic;
};

/// A case that cannot be read (a fault of the file), or that asks for what the model does not have.
class MeasuredCaseError : public std::runtime_error {
 public:
  MeasuredCaseError(const std::string& text, bool is_unsupported)
      : std::runtime_error(text), unsupported(is_unsupported) {}
  bool unsupported;
};

/// Reads a case.json in the format of shared/validation/real-kafka (described in docs/VALIDATION.md): network, brokers,
/// topics, clients, and what was measured. Faults are "events" or a client's "crash_s".
///
/// Where the folder has PRODUCER.csv.gz of every producer the records are sent at those moments (and go to those
/// partitions, if they had keys), and deliveries are counted from there too; else arrivals are drawn.
///
/// throws  MeasuredCaseError
[[nodiscard]] MeasuredCase read_measured_case(const std::filesystem::path& case_file);

}  // namespace brokersim
