// SPDX-License-Identifier: Apache-2.0
// What brokers would report over JMX (section 7.2), so that a run can be laid beside a cluster's dashboards.
#include <array>
#include <string>

#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {
namespace {

struct TimePart {
  const char* name;
  Duration RequestTimes::*sum;
  std::int64_t RequestTimes::*count;
};

constexpr std::array parts{
    TimePart{"RequestQueueTimeMs", &RequestTimes::request_queue, &RequestTimes::handled},
    TimePart{"LocalTimeMs", &RequestTimes::local, &RequestTimes::handled},
    TimePart{"RemoteTimeMs", &RequestTimes::remote, &RequestTimes::answered},
    TimePart{"ResponseQueueTimeMs", &RequestTimes::response_queue, &RequestTimes::answered},
    TimePart{"ResponseSendTimeMs", &RequestTimes::response_send, &RequestTimes::answered},
    TimePart{"ThrottleTimeMs", &RequestTimes::throttle, &RequestTimes::answered},
};

/// Mean in ms; nothing without requests.
std::optional<double> mean_ms(Duration sum, std::int64_t count) {
  if (count == 0) return std::nullopt;
  return static_cast<double>(sum.count()) * 1e-6 / static_cast<double>(count);
}

/// Rows of one broker: (metric, value).
template <class Row>
void write_request_times(const RequestTimesByKind& times, Row row) {
  for (std::size_t kind = 0; kind < request_kinds; ++kind) {
    const RequestTimes& of_kind = times[kind];
    const auto name = [&](const char* part) {
      return std::string("kafka.network:type=RequestMetrics,name=") + part + ",request=" + request_kind_names[kind];
    };
    std::optional<double> total = 0;
    for (const TimePart& part : parts) {
      const std::optional<double> mean = mean_ms(of_kind.*part.sum, of_kind.*part.count);
      row(name(part.name), mean);
      if (part.sum == &RequestTimes::throttle) continue;  // is not part of the total
      total = total && mean ? std::optional(*total + *mean) : std::nullopt;
    }
    row(name("TotalTimeMs"), total);
  }
}

}  // namespace

void write_kafka_metrics(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "broker", "metric", "mean"});
  const std::vector<BrokerSpec>& brokers = results.scenario->world.brokers;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      const TrialResult& result = arm.trials[trial];
      const auto interval = static_cast<double>((result.duration - result.warm_up).count());
      for (std::uint32_t b = 0; b < result.request_times.size(); ++b) {
        const auto row = [&](const std::string& metric, const std::optional<double>& value) {
          table.text(arm_name(arm.policy)).number(trial).number(brokers[b].id).text(metric).number(value).end_row();
        };
        write_request_times(result.request_times[b], row);
        const BrokerLoad load = result.loads.total(BrokerIndex{b});
        const auto idle = [&](BrokerResource resource, std::uint32_t threads) {
          const auto busy = static_cast<double>(load.busy[static_cast<std::size_t>(resource)].count());
          return 1 - busy / (interval * threads);
        };
        row("kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent",
            idle(BrokerResource::io_threads, brokers[b].num_io_threads));
        row("kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent",
            idle(BrokerResource::network_threads, brokers[b].num_network_threads));
      }
    }
  }
}

}  // namespace brokersim
