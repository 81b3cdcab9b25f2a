// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_file/fault_grammar.hpp"

#include <algorithm>
#include <array>

namespace brokersim {
namespace {

constexpr std::string_view broker = "broker brokers random_brokers leader_of follower_of";
constexpr std::string_view ends = "broker brokers random_brokers leader_of follower_of zone controllers clients";
using K = FaultKind;

constexpr std::array table{
    FaultGrammar{K::kill, broker, true, "", "spread", true, "the process is gone; its log stays (unclean stop)",
                 "kill broker 3 at 30s for 45s"},
    FaultGrammar{K::controlled_shutdown, broker, true, "", "deadline", true,
                 "leaders are moved away first, then it stops cleanly", "controlled_shutdown broker 3 at 30s for 45s"},
    FaultGrammar{K::restart, broker, true, "", "deadline", true, "controlled shutdown, and started again",
                 "restart broker 3 at 30s for 10s"},
    FaultGrammar{K::rolling_restart, "brokers", true, "", "deadline settle", true,
                 "restart of one broker after another, each when all ISRs are whole again",
                 "rolling_restart all brokers at 30s for 10s settle 2min"},
    FaultGrammar{K::rolling_kill, "brokers", true, "step", "", true, "kill of one broker after another, not waiting",
                 "rolling_kill brokers 1,2,3 at 30s for 10s step 20s"},
    FaultGrammar{K::zone_loss, "zone random_zones zones", true, "", "outage spread", true,
                 "every broker, client and controller of a zone: without power, or cut off",
                 "zone_loss zone b at 30s for 60s outage cut"},
    FaultGrammar{K::power_loss, broker, true, "", "keep_offset keep_fraction spread", true,
                 "kill, and what was not flushed is lost", "power_loss random brokers 2 at 30s for 60s spread 1s"},
    FaultGrammar{K::crash_stop, broker, true, "", "", false, "kill, never to come back", "crash_stop broker 3 at 30s"},
    FaultGrammar{K::wipe, broker, true, "", "", true, "kill, and all its replicas are deleted",
                 "wipe broker 3 at 30s for 60s"},
    FaultGrammar{K::slow_broker, broker, true, "factor", "", true,
                 "all its service times are multiplied (gray failure)", "slow_broker broker 3 at 30s for 60s factor 5"},
    FaultGrammar{K::pause, broker, true, "", "", true, "it handles and sends nothing; timers fire late",
                 "pause leader of orders/0 at 30s for 10s"},
    FaultGrammar{K::timer_skew, broker, true, "factor", "", true, "its timers run fast (above 1) or slow",
                 "timer_skew broker 3 at 30s for 60s factor 0.5"},
    FaultGrammar{K::disk_slow, broker, true, "", "operation factor add", true, "its disk takes longer",
                 "disk_slow broker 3 at 30s for 60s operation write factor 10", "factor add"},
    FaultGrammar{K::disk_stall, broker, true, "", "operation", true, "its disk does nothing for a while",
                 "disk_stall broker 3 at 30s for 5s"},
    FaultGrammar{K::disk_full, broker, true, "", "", true, "appends fail, reads work",
                 "disk_full broker 3 at 30s for 60s"},
    FaultGrammar{K::disk_error, broker, true, "", "", true, "its log directory is offline",
                 "disk_error broker 3 at 30s for 60s"},
    FaultGrammar{K::link_cut, ends, true, "", "other one_way", true, "nothing passes between the two",
                 "link_cut broker 1 and zone b at 30s for 20s"},
    FaultGrammar{K::link_delay, ends, true, "add", "other one_way", true, "messages take longer, in order",
                 "link_delay from zone a to zone b at 30s for 20s add 50ms"},
    FaultGrammar{K::link_loss, ends, true, "probability", "other one_way", true,
                 "messages are lost, and sent again by TCP",
                 "link_loss zone a and zone b at 30s for 20s probability 1%"},
    FaultGrammar{K::link_bandwidth, ends, true, "", "other one_way factor bandwidth", true, "less bandwidth",
                 "link_bandwidth zone a and zone b at 30s for 20s bandwidth 1Gbit/s", "bandwidth factor"},
    FaultGrammar{K::isolate, broker, true, "", "keep", true, "cut off from everyone that \"keep\" does not name",
                 "isolate broker 2 at 30s for 20s keep clients"},
    FaultGrammar{K::zone_partition, "zone random_zones", true, "", "other", true,
                 "a zone cut off from all others, or from one", "zone_partition zone a and zone b at 30s for 20s"},
    FaultGrammar{K::clog, broker, true, "", "spread", true, "its messages are held, then released in order",
                 "clog broker 2 at 30s for 2s"},
    FaultGrammar{K::connection_reset, ends, true, "", "other", false, "every connection between the two breaks once",
                 "connection_reset broker 1 and clients at 30s"},
    FaultGrammar{K::message_delay, ends, false, "message", "other one_way add drop count", true,
                 "messages of one kind are late or lost", "message_delay at 30s message alter_partition add 2s count 3",
                 "add drop"},
    FaultGrammar{K::controller_failover, "", false, "", "", true, "the active controller stops, another takes over",
                 "controller_failover at 30s"},
    FaultGrammar{K::controller_isolated, "brokers", false, "", "resign_after", true,
                 "the controller reaches only the brokers named", "controller_isolated at 30s for 20s resign_after 3s"},
    FaultGrammar{K::metadata_lag, broker, true, "", "add frozen", true, "it learns of changes late or not at all",
                 "metadata_lag broker 2 at 30s for 60s add 5s", "add frozen"},
    FaultGrammar{K::producer_burst, "producer", true, "", "factor records", true, "more records",
                 "producer_burst producer shop at 30s for 10s factor 3", "factor records"},
    FaultGrammar{K::producer_crash, "producer", true, "", "", true,
                 "its process is gone: what it has buffered is dropped, what is sent is in doubt",
                 "producer_crash producer shop/0 at 30s for 10s"},
    FaultGrammar{K::consumer_crash, "group", true, "", "", true, "noticed after session.timeout.ms",
                 "consumer_crash group billing/0 at 30s for 60s"},
    FaultGrammar{K::consumer_slow, "group", true, "factor", "", true, "processing takes longer",
                 "consumer_slow group billing at 30s for 60s factor 4"},
    FaultGrammar{K::consumer_pause, "group", true, "", "", true,
                 "does not poll; heartbeats go on until max.poll.interval.ms",
                 "consumer_pause group billing/0 at 30s for 10s"},
    FaultGrammar{K::hot_key, "producer", true, "share", "", true,
                 "one key gets a share of the records, which must have keys",
                 "hot_key producer shop at 30s for 60s share 50%"},
    FaultGrammar{K::retention_squeeze, "topic", true, "", "retention_bytes retention_time", false,
                 "old records go sooner", "retention_squeeze topic orders at 30s retention_time 10s",
                 "retention_bytes retention_time"},
    FaultGrammar{K::reassign, "topic", true, "replicas", "throttle", false, "other replicas, with catch-up traffic",
                 "reassign orders/0 at 60s to 1,2,3 throttle 10MB/s"},
    FaultGrammar{K::elect, "topic", false, "", "", false, "preferred leaders are elected by hand",
                 "elect preferred leaders at 120s"},
    FaultGrammar{K::config_change, "topic producer group", false, "setting value", "", false, "a setting changes",
                 "config_change topic orders at 30s setting min.insync.replicas value 2"},
    FaultGrammar{K::heal, "broker brokers leader_of follower_of zone topic producer group", false, "", "", false,
                 "ends what is broken at the target, or everywhere", "heal broker 3 at 60s"}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].kind != fault_kinds[i].kind) return false;
  }
  return table.size() == fault_kinds.size();
}
static_assert(in_order());

}  // namespace

std::span<const FaultGrammar> fault_grammar() {
  return table;
}

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) words.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

bool has_word(std::string_view list, std::string_view word) {
  const std::vector<std::string_view> words = words_of(list);
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> fault_kind_names() {
  std::vector<std::string_view> names;
  for (const FaultKindEntry& entry : fault_kinds) names.push_back(entry.name);
  return names;
}

std::string fault_overview() {
  std::string text =
      "--fault 'KIND [TARGET] [WHEN] [PARAMETER VALUE]...', or an object of \"faults\" in a scenario\n\n"
      "TARGET   broker 3 | brokers 1,2 | all brokers | random brokers 2 | leader of TOPIC/P | follower of TOPIC/P\n"
      "         zone Z | random zones 1 | all zones | topic TOPIC[/P] | producer ID[/I] | group ID[/I]\n"
      "         controllers | clients; ends of a link: X and Y, or from X to Y for one way\n"
      "WHEN     at T [every T times N] | when CONDITION [delay T] | mttf T mttr T [distribution constant]\n"
      "         for T: until then; without it until healed or the end of the run\n"
      "CONDITION producer ID acknowledged N | group ID delivered N | TOPIC/P high_watermark N |\n"
      "         TOPIC/P log_end N | TOPIC/P in_sync N\n";
  for (const FaultGrammar& entry : table) {
    text += "\n" + std::string(name_of(entry.kind)) + ": " + std::string(entry.summary) + "\n";
    if (!entry.targets.empty()) {
      text += "  target     " + std::string(entry.targets) + (entry.target_needed ? "\n" : " (optional)\n");
    }
    if (!entry.needed.empty()) text += "  needs      " + std::string(entry.needed) + "\n";
    if (!entry.one_of.empty()) text += "  needs one  " + std::string(entry.one_of) + "\n";
    std::string optional = entry.lasts ? " for" : "";
    for (const std::string_view word : words_of(entry.optional)) {
      if (!has_word(entry.one_of, word)) optional += " " + std::string(word);
    }
    if (!optional.empty()) text += "  may have  " + optional + "\n";
    text += "  example    --fault '" + std::string(entry.example) + "'\n";
  }
  return text;
}

}  // namespace brokersim
