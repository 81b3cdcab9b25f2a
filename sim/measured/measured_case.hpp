// SPDX-License-Identifier: Apache-2.0
// What was measured on a real cluster, next to the scenario that describes it.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/measured/record_file.hpp"
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

/// What an admin client that looked every 100 ms saw of a partition from some moment on.
struct LeadershipChange {
  double at_s = 0;              ///< since the experiment's start; of the first state of a partition < 0
  std::uint32_t partition = 0;  ///< topics in order
  std::optional<BrokerIndex> leader;
  std::vector<BrokerIndex> in_sync;  ///< ascending
};

/// Every record of a producer (when it was acknowledged) or of a reader (when it was handed over).
struct MeasuredRecords {
  bool acknowledged = false;
  std::string name;
  TopicIndex topic;
  GroupIndex group;                                    ///< of a reader
  std::vector<std::vector<RecordTimes>> by_partition;  ///< shape [partitions of the topic]
};

/// What the members of a group had when their last rebalance was over.
struct MeasuredRebalance {
  std::string group;
  GroupIndex index;
  double ended_s = 0;                     ///< when the last of them was told its partitions
  std::vector<std::uint32_t> partitions;  ///< shape [members], of the scenario's order; 0 for one that had died
};

/// Something that was done to the cluster.
struct MeasuredEvent {
  double at_s = 0;
  std::string what;
};

/// One experiment. The scenario says everything but what software costs.
struct MeasuredCase {
  std::string id;
  Scenario scenario;                 ///< one read policy; traced
  bool latencies_are_judged = true;  ///< false where the measurement itself says that its latencies suffered
  std::vector<MeasuredSeries> series;
  std::vector<MeasuredTraffic> traffic;
  std::vector<MeasuredEvent> events;          ///< in order of time; the scenario's faults say the same
  std::vector<LeadershipChange> leadership;   ///< in order of time; of a case with events
  std::vector<MeasuredRecords> records;       ///< likewise, of whom there is a file; of a group all members together
  std::vector<MeasuredRebalance> rebalances;  ///< of groups with a member that crashed
};

/// A case that cannot be read (a fault of the file), or that asks for what the model does not have.
class MeasuredCaseError : public std::runtime_error {
 public:
  MeasuredCaseError(const std::string& text, bool is_unsupported)
      : std::runtime_error(text), unsupported(is_unsupported) {}
  bool unsupported;
};

/// Reads a case.json in the format of shared/validation/real-kafka (described in docs/VALIDATION.md): network, brokers,
/// topics, clients, what was done to it ("events": kill -9, SIGTERM, SIGSTOP and start of a broker) and what was
/// measured.
///
/// Where the folder has PRODUCER.csv.gz of every producer the records are sent at those moments (and go to those
/// partitions, if they had keys), and deliveries are counted from there too; else arrivals are drawn.
///
/// throws  MeasuredCaseError
[[nodiscard]] MeasuredCase read_measured_case(const std::filesystem::path& case_file);

}  // namespace brokersim
