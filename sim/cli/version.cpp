// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/version.hpp"

#include <boost/version.hpp>

namespace brokersim {

std::string version_number() {
  return BROKERSIM_VERSION;
}
std::string version_commit() {
  return BROKERSIM_COMMIT;
}

std::string version_text() {
#if defined(__clang__)
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  const std::string boost = std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) +
                            "." + std::to_string(BOOST_VERSION % 100);
  return "brokersim " + version_number() + " (commit " + version_commit() + ", " + compiler + ", Boost " + boost +
         ")\n";
}

}  // namespace brokersim
