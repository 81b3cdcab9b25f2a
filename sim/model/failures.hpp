// SPDX-License-Identifier: Apache-2.0
// What goes wrong, and what it does: the schedule of faults, the processes of the brokers, and cuts of the network
// (FAULT-01 to FAULT-40). There is one of these only in a world where something may fail.
//
// A process that ends takes everything with it that was under way to or from it; the parts of the cluster are told at
// once (on_broker_lost) and know by Loss when the other side may notice. A process that starts registers, reads the
// metadata log, recovers its logs if it stopped uncleanly, and then serves; it knows nothing of the one before it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/quantities.hpp"
#include "sim/metrics/event_note.hpp"
#include "sim/model/control_plane_link.hpp"
#include "sim/model/events.hpp"
#include "sim/model/fault_conditions.hpp"
#include "sim/model/faults.hpp"
#include "sim/model/link_faults.hpp"
#include "sim/model/loss.hpp"
#include "sim/model/network_cuts.hpp"

namespace brokersim {

class Cluster;

class Failures {
 public:
  /// replicas  shape [partitions][replication factor], as the run begins
  Failures(Cluster& cluster, const std::vector<std::vector<BrokerIndex>>& replicas);

  void start();
  void on(FaultDue event);
  void on(ControlEvent event) { link_.on(event); }

  /// Faults that wait for a condition: whether there are any, and a look after every event whether one holds now.
  [[nodiscard]] bool awaits_condition() const { return conditions_.any(); }
  void look_at_conditions();
  /// The run is over: what still waits never comes.
  void note_unmet_conditions();

  /// It has been asked to stop in a controlled way, and has not been let go yet.
  [[nodiscard]] bool shuts_down(BrokerIndex broker) const {
    return processes_[broker.value].state == Process::State::shutting_down;
  }
  /// Whether a broker serves: its process is up, with its logs. A paused one does, and leaves what comes waiting. The
  /// port of one that has just started is closed until it is unfenced.
  [[nodiscard]] bool running(BrokerIndex broker) const {
    const Process& process = processes_[broker.value];
    return process.state == Process::State::running || process.state == Process::State::shutting_down;
  }
  /// Whether its log directory is offline, by an error or because it was full when something was to be appended.
  [[nodiscard]] bool directory_offline(BrokerIndex broker) const { return processes_[broker.value].directory_offline; }
  /// Something is about to be appended: on a full disk that fails, and takes the directory offline.
  void on_append(BrokerIndex broker) {
    if (!processes_[broker.value].full.empty()) take_directory_offline(broker);
  }
  /// What comes of an attempt to connect from a host to another one.
  [[nodiscard]] Reach connects(std::uint32_t from, std::uint32_t to) const;
  /// When a broker answers a client that connects and is to be answered at `when`: later if it has just started.
  [[nodiscard]] Instant answers(BrokerIndex broker, Instant when) const {
    return std::max(when, processes_[broker.value].answers_from);
  }
  /// Whether a message gets from one host to another; it does not ask whether anybody is there.
  [[nodiscard]] const NetworkCuts& cuts() const { return cuts_; }
  /// Whether ways may be made longer or narrower in this run, or messages be lost; and whether something is so now.
  [[nodiscard]] bool watches_links() const { return watches_links_; }
  [[nodiscard]] bool hinders() const { return links_.any(); }
  /// What happens to a message that sets out now.
  [[nodiscard]] LinkFaults::Passage pass(std::uint32_t from, std::uint32_t to, LinkFaults::Traffic traffic,
                                         std::optional<MessageKind> kind);
  /// When its last byte has left.
  [[nodiscard]] Instant transmitted(std::uint32_t from, std::uint32_t to, Bytes wire) {
    return links_.transmitted(from, to, now(), wire);
  }
  /// How much longer than usual a message is expected to take; and half of that there and back.
  [[nodiscard]] Duration detour(std::uint32_t from, std::uint32_t to) const {
    return links_.any() ? links_.detour(from, to, now()) : Duration::zero();
  }
  [[nodiscard]] Duration mean_detour(std::uint32_t a, std::uint32_t b) const {
    return links_.any() ? (detour(a, b) + detour(b, a)) / 2 : Duration::zero();
  }
  /// When a broker does something next that would do it at `when`: later if it is paused.
  [[nodiscard]] Instant awake(BrokerIndex broker, Instant when) const {
    return std::max(when, processes_[broker.value].held_until);
  }
  /// How long a timer of a broker takes that is set now, where it would take `wait`: fast or slow by FAULT-19.
  [[nodiscard]] Duration timer(BrokerIndex broker, Duration wait) const {
    return by_timer(wait, processes_[broker.value].timer_rate);
  }
  /// Every broker runs and every host reaches every other one.
  [[nodiscard]] bool all_is_well() const;
  [[nodiscard]] const MetadataLog& metadata() const { return link_.metadata(); }
  [[nodiscard]] ControlPlaneLink& control_plane() { return link_; }
  [[nodiscard]] std::int32_t id_of(BrokerIndex broker) const;
  /// Those that it has a replica of, or may get one of; ascending.
  [[nodiscard]] const std::vector<std::uint32_t>& partitions_of(BrokerIndex broker) const {
    return partitions_of_[broker.value];
  }

  void note(EventNote note);
  /// The observation ends: which faults are not over.
  void note_open_faults();
  /// The leader of a partition has appended, for what a recovery will have to read.
  void on_appended(std::uint32_t partition, Bytes bytes, Bytes segment_bytes) {
    logs_[partition].grow(bytes, segment_bytes);
  }

  // Called by the control plane's link.
  void on_caught_up(BrokerIndex broker);  ///< with the metadata log: its logs are loaded
  /// A process learns at `when` that it is unfenced, and opens its port then (BrokerServer.startup: setReadyToUnfence,
  /// then enableRequestProcessing). The answer that tells it is under way: who learns it from the metadata comes later.
  void open_port(BrokerIndex broker, Instant when);
  void on_released(BrokerIndex broker);  ///< the controller lets it stop (L-21)
  void on_gave_up(BrokerIndex broker);   ///< on registering: its process ends (L-20)
  void on_controller_works();
  void on_reassigned(std::uint32_t partition);  ///< its reassignment is complete (A-3)
  void tell_applied(BrokerIndex broker, std::uint64_t from, std::uint64_t to);

 private:
  /// How a process ends; the stronger one wins (B.2).
  enum class End : std::uint8_t { clean, kill, power_loss, wipe };
  /// One time that a fault comes, and what of it has to be taken back.
  struct Occurrence {
    std::uint32_t fault;
    std::vector<BrokerIndex> brokers;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> cut;  // from, to
    std::vector<std::uint32_t> moving;                         // partitions whose reassignment is not complete
    bool open = true;
    std::vector<std::uint32_t> clients = {};  // instances of producers or members of groups, numbered through
  };
  struct Process {
    enum class State : std::uint8_t { running, shutting_down, starting, stopped };
    State state = State::running;
    std::uint32_t number = 0;  // of processes before it
    bool host_down = false;    // nobody answers, not even to refuse
    bool clean = true;         // the last one closed its logs
    End end = End::clean;
    std::uint32_t occurrence = nobody;  // that holds it down
    bool starts_when_stopped = false;   // its time down was over before it was released
    Instant held_until{};
    Instant answers_from{};                                // clients that connect; max: its port is closed
    std::vector<std::pair<std::uint32_t, double>> slow;    // occurrence, factor
    std::vector<std::pair<std::uint32_t, double>> skewed;  // likewise: its timers
    double timer_rate = 1;                                 // of those the farthest from 1
    std::vector<std::uint32_t> full, unreadable;           // its disk: occurrences
    bool directory_offline = false;
  };
  /// How much of a partition's log a recovery reads: what is not known to be on disk (B-34).
  struct Log {
    Bytes segment = 0;  // bytes of its last segment
    void grow(Bytes bytes, Bytes segment_bytes) {
      if (segment > 0 && segment + bytes > segment_bytes) segment = 0;  // rolled, and flushed by that (B-31)
      segment += bytes;
    }
  };
  struct Step {
    enum class What : std::uint8_t {
      begin,      // a fault comes
      begin_one,  // ... to one broker of several
      end,        // an occurrence is over
      roll,       // a rolling fault turns to its next broker
      settle,     // ... once all ISRs are whole
      resign,     // an isolated controller gives up
      reset,      // TCP gives connections between two hosts up
      registers,  // a process has started up
      recovered,  // ... and has its logs
      deadline,   // of a controlled shutdown
      retention   // a broker looks for segments to delete
    };
    What what;
    std::uint32_t fault = 0;
    std::uint32_t occurrence = 0;
    BrokerIndex broker;
    std::uint32_t process = 0;
    std::uint32_t turn = 0;               // of a rolling fault
    Instant since = Instant::max();       // it waits for whole ISRs since
    std::optional<Duration> lasts;        // by rate: drawn
    std::optional<ZoneIndex> zone;        // by rate: the one that is hit
    std::vector<BrokerIndex> only;        // of the target; empty: all of it
    std::optional<std::uint32_t> client;  // likewise: by rate
    std::pair<std::uint32_t, std::uint32_t> hosts;
  };
  static constexpr std::uint32_t nobody = 0xffff'ffffu;
  static constexpr Duration settle_poll = std::chrono::seconds{1};

  [[nodiscard]] Instant now() const;
  [[nodiscard]] Process& process(BrokerIndex broker) { return processes_[broker.value]; }
  [[nodiscard]] const FaultSpec& spec(std::uint32_t fault) const;
  void at(Instant when, Step step);

  // The schedule.
  void plan(std::uint32_t fault);
  void plan_by_rate(std::uint32_t fault);
  void begin(const Step& step);
  void end(std::uint32_t occurrence);
  [[nodiscard]] std::vector<BrokerIndex> targets(std::uint32_t fault);
  [[nodiscard]] std::vector<BrokerIndex> resolve(const FaultTarget& target, std::uint32_t fault);
  [[nodiscard]] Instant over_at(const Step& step, const std::vector<BrokerIndex>& brokers) const;
  [[nodiscard]] std::vector<BrokerIndex> brokers_in(ZoneIndex zone) const;
  [[nodiscard]] std::uint32_t open(std::uint32_t fault, const Step& step);
  void apply_to_brokers(const Step& step, const std::vector<BrokerIndex>& brokers);
  void apply_to(const Step& step, BrokerIndex broker);
  void heal(const FaultSpec& fault);
  void note_fault(EventNote::Kind kind, std::uint32_t fault, std::uint32_t broker, std::string detail = {});

  // Rolling faults.
  void roll(const Step& step);
  void settle(const Step& step);

  // Processes.
  void stop(BrokerIndex broker, End end, std::uint32_t occurrence);
  void shut_down(BrokerIndex broker, std::uint32_t occurrence);
  void finish(BrokerIndex broker, End end);
  void bring_back(BrokerIndex broker);
  void serve(BrokerIndex broker);
  void lose_logs(BrokerIndex broker, End end, const FaultSpec& fault);
  [[nodiscard]] Duration recovery_time(BrokerIndex broker) const;
  void pause(BrokerIndex broker, Instant until);
  void note_silence(BrokerIndex broker, bool silent);
  void set_speed(BrokerIndex broker);
  void set_timers(BrokerIndex broker);
  void take_directory_offline(BrokerIndex broker);
  void end_disk_failure(BrokerIndex broker, std::uint32_t occurrence);

  // The network.
  using Hosts = std::vector<std::uint32_t>;
  [[nodiscard]] Hosts hosts_of(const FaultTarget& target, const std::vector<BrokerIndex>& brokers) const;
  [[nodiscard]] Hosts hosts_cut_from(BrokerIndex broker, const FaultSpec::Keep& keep) const;
  [[nodiscard]] Hosts hosts_at_other_end(const FaultSpec& fault, const Hosts& one, std::uint32_t index);
  void cut_network(const Step& step);
  void hinder_network(const Step& step);
  void hinder(std::uint32_t occurrence, const Hosts& from, const Hosts& to, Instant over, BytesPerSecond bandwidth);
  [[nodiscard]] BytesPerSecond bandwidth_left(const FaultSpec& fault, const Hosts& from, const Hosts& to) const;
  [[nodiscard]] BytesPerSecond bandwidth_of(const Hosts& hosts) const;
  void on_links_changed();
  [[nodiscard]] Hosts hosts_in(ZoneIndex zone) const;
  [[nodiscard]] Hosts hosts_besides(const Hosts& hosts) const;
  void cut(std::uint32_t occurrence, const Hosts& from, const Hosts& to, bool one_way);
  void mend(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& cuts);
  void break_connections(std::uint32_t a, std::uint32_t b, Loss loss);
  void lose_zone(const Step& step);

  void fail_controller(std::optional<Duration> lasts);
  void elect(const Step& step);
  void reassign(const Step& step);
  void change_setting(const Step& step);
  [[nodiscard]] std::vector<PartitionIndex> partitions_in(const FaultTarget& target) const;

  // Clients.
  [[nodiscard]] std::vector<std::uint32_t> clients(const FaultTarget& target) const;
  [[nodiscard]] std::string name_of_client(const FaultTarget& target, std::uint32_t client) const;
  [[nodiscard]] std::vector<std::uint32_t> clients_hit(FaultKind kind, std::vector<std::uint32_t> named) const;
  void hit_clients(const Step& step);
  void release_clients(FaultKind kind, const std::vector<std::uint32_t>& clients);
  void set_clients(FaultKind kind, const std::vector<std::uint32_t>& clients);
  [[nodiscard]] double strongest(FaultKind kind, std::uint32_t client) const;

  Cluster* cluster_;
  std::vector<std::vector<std::uint32_t>> partitions_of_;  // by broker
  NetworkCuts cuts_;
  LinkFaults links_;
  bool watches_links_;
  ControlPlaneLink link_;
  std::vector<Process> processes_;
  std::vector<Log> logs_;  // by partition
  std::vector<Step> steps_;
  std::vector<Occurrence> occurrences_;
  RandomStream failover_times_;
  FaultConditions conditions_;
};

}  // namespace brokersim
