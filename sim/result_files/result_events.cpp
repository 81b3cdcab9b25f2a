// SPDX-License-Identifier: Apache-2.0
// The events log: faults, and what the controller made of them.
#include "sim/result_files/result_csv.hpp"
#include "sim/result_files/result_tables.hpp"

namespace brokersim {

void write_partition(CsvTable& table, const WorldSpec& world, std::uint32_t index) {
  if (index == EventNote::nobody) {
    table.empty().empty();
    return;
  }
  const PartitionOfTopic of = partition_of_topic(world, index);
  table.text(world.topics[of.topic.value].id).number(of.number);
}

void write_events(ResultFile& file, const ResultSet& results) {
  CsvTable table(file, {"arm", "trial", "time_seconds", "kind", "what", "broker", "topic", "partition", "detail"});
  const WorldSpec& world = results.scenario->world;
  for (const ArmResult& arm : *results.arms) {
    for (std::size_t trial = 0; trial < arm.trials.size(); ++trial) {
      for (const EventNote& note : arm.trials[trial].events_log) {
        table.text(arm_name(arm.policy)).number(trial).time(note.time.time_since_epoch());
        table.text(event_kind_names[static_cast<std::size_t>(note.kind)]).text(note.what);
        if (note.broker == EventNote::nobody) {
          table.empty();
        } else {
          table.number(world.brokers[note.broker].id);
        }
        write_partition(table, world, note.partition);
        table.text(note.detail).end_row();
      }
    }
  }
}

}  // namespace brokersim
