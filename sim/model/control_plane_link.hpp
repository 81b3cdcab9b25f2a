// SPDX-License-Identifier: Apache-2.0
// Brokers and the controller keep in touch: registration, heartbeats, fencing, controlled shutdown, changes of ISRs,
// and the way of every metadata change to every broker (sections 2.4 and 2.5). What the controller decides, which knows
// no time that passes, is sim/control_plane.
//
// Messages take the expected latency between the zones. They cost no bandwidth and no thread: there are a few a second.
// What is simulated: one request of a broker at a time with its timeout and the fixed retry of 4.1 (L-15, L-20), the
// linger and commit of the metadata log (L-26), and one metadata fetch of each broker at a time, parked at the
// controller (L-27 as of 4.1). A request that no active controller answers fails as if it was lost.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/control_plane/controller.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/model/events.hpp"
#include "sim/model/faults.hpp"
#include "sim/model/metadata_log.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

class Cluster;
struct ControlPlaneSpec;

/// A partition's registration as brokers see it.
[[nodiscard]] PartitionView view_of(const PartitionRegistration& registration);

class ControlPlaneLink {
 public:
  /// Where a broker's process is on its way up or down, as Kafka's BrokerLifecycleManager counts it.
  enum class Phase : std::uint8_t {
    absent,       ///< no process, or one that does not talk to the controller yet
    registering,  ///< STARTING, not registered
    catching_up,  ///< STARTING: reads the metadata log
    recovering,   ///< RECOVERY: its logs are loaded, it is fenced
    running,      ///< RUNNING, or about to be: it asks to be unfenced
    shutting_down
  };

  /// replicas  shape [partitions][replication factor]: the first leads, all are in sync
  ControlPlaneLink(Cluster& cluster, const std::vector<std::vector<BrokerIndex>>& replicas);

  /// Every broker sends its next heartbeat at a random moment of one interval.
  void start();
  void on(ControlEvent event);

  /// A broker's process is up far enough to register. clean  it left the mark that it closed its logs
  void register_process(BrokerIndex broker, bool clean);
  /// Its logs are recovered: it knows the metadata it has read, and asks at once to be unfenced.
  void become_ready(BrokerIndex broker);
  /// It asks to be let go (L-21). Failures::on_released() follows.
  void ask_to_shut_down(BrokerIndex broker);
  /// It tells at once that its log directory is offline, or online again (Failures::directory_offline()).
  void report_directory(BrokerIndex broker);
  /// Its process ends: what was under way to or from it is lost. Nobody tells the controller (L-16).
  void end_process(BrokerIndex broker);
  [[nodiscard]] Phase phase(BrokerIndex broker) const { return peers_[broker.value].phase; }
  /// By when a broker's heartbeat or registration under way is over, or else the next one is sent.
  [[nodiscard]] Instant acts_by(BrokerIndex broker) const {
    const Peer& peer = peers_[broker.value];
    return peer.under_way ? peer.fails : peer.next_due;
  }
  /// Of all between brokers and the controller: AlterPartition's, controller.socket.timeout.ms.
  static constexpr Duration longest_request_timeout = std::chrono::seconds{30};

  /// A leader proposes another ISR. One request of a broker is under way at a time, with all that was waiting;
  /// the answer comes to InSyncReplicas::on_judged().
  void propose_isr(BrokerIndex leader, IsrProposal proposal);
  /// Whether a proposal of the broker's for the partition is not answered yet.
  [[nodiscard]] bool asks_about(BrokerIndex leader, PartitionIndex partition) const;

  /// The active controller is lost; another one works from `until` on, to which every session is new (L-23, L-25).
  /// What it has written by now is taken to be committed.
  void stand_still(Instant until);
  /// A broker applies metadata later than it gets it; Duration::max(): not at all.
  void delay_metadata(BrokerIndex broker, Duration by);
  [[nodiscard]] bool delays_metadata(BrokerIndex broker) const {
    return peers_[broker.value].delay != Duration::zero();
  }
  /// ElectLeaders by hand, from the controller's own zone.
  void elect_preferred(std::span<const PartitionIndex> partitions);
  /// IncrementalAlterConfigs by hand: brokers obey once they have applied it.
  void change_rules(TopicIndex topic, const TopicRules& rules);
  /// The controller's own settings, at once.
  void set_leader_balancing(bool enabled, Duration check_interval);
  /// AlterPartitionReassignments by hand. Failures::on_reassigned() follows for each that is complete. Returns
  /// what the controller says to each.
  std::vector<ControllerError> reassign(std::span<const ReassignmentTarget> targets);

  [[nodiscard]] const MetadataLog& metadata() const { return log_; }
  /// Every partition has all its replicas in sync, by the committed log.
  /// The epoch of a broker's registration, as the broker knows it.
  [[nodiscard]] BrokerEpoch epoch_of(BrokerIndex broker) const { return peers_[broker.value].epoch; }
  [[nodiscard]] bool fully_replicated() const { return under_replicated_.empty(); }
  /// The controllers, among the hosts of the network: behind the brokers and the zones' clients.
  [[nodiscard]] std::uint32_t host() const;
  [[nodiscard]] const Controller& controller() const { return controller_; }
  /// When a controller is active again, if none is; else some moment of the past.
  [[nodiscard]] Instant works_from() const { return works_from_; }
  [[nodiscard]] ZoneIndex zone() const { return zone_; }
  /// The next active controller is in another zone.
  void move_to(ZoneIndex zone) { zone_ = zone; }

 private:
  enum class Step : std::uint8_t {
    communicate,       // a broker's next heartbeat or registration is due
    request_arrives,   // at the controller
    answer_arrives,    // at the broker
    request_fails,     // nobody answered in time
    give_up,           // on registering
    metadata_arrives,  // at the broker
    metadata_applies,  // there, after its delay
    isr_request_arrives,
    isr_answer_arrives,
    isr_request_fails,
    commit,   // what the controller has written
    on_time,  // the controller may have something to do by itself
    returns,  // a controller works again
  };
  struct Task {
    Step step{};
    BrokerIndex broker;
    std::uint32_t process = 0;  // of the broker: a task of an earlier one is void
    std::uint32_t attempt = 0;  // likewise of a request
    std::uint64_t offset = 0;
    std::uint32_t next_free = 0;
  };
  struct Answer {
    ControllerError error = ControllerError::none;
    bool fenced = false, caught_up = false, should_shut_down = false;
    BrokerEpoch epoch = -1;
  };
  /// What a broker and the controller are to one another.
  struct Peer {
    Phase phase = Phase::running;
    std::uint32_t process = 0;
    bool clean = true;  // the process before it stopped cleanly
    bool ready = true;  // its logs are recovered, it wants to be unfenced
    bool shutdown_answered = false;
    BrokerEpoch epoch = -1;
    // Its one heartbeat or registration.
    std::uint32_t attempt = 0;
    bool under_way = false;
    bool next_at_once = false;
    Instant fails{};  // unanswered by then
    Timer next;
    Instant next_due{};
    Answer answer;
    // Its one metadata fetch.
    Instant fetch_parked{};        // at the controller from then on
    Instant fetch_answered{};      // the answer under way leaves then
    bool fetch_under_way = false;  // the answer, that is
    bool fetch_lost = false;       // it will not arrive: the broker asks again
    std::uint64_t carried = 0;     // the offset up to which it brings
    std::uint64_t received = 0;    // ... that has arrived
    std::uint64_t applied = 0;     // of it, what the process has applied
    Duration delay{};              // between the two, by a fault
    // Its one AlterPartition request.
    std::vector<IsrProposal> waiting, proposed;
    AlterPartitionAnswer judged;
    std::uint32_t isr_attempt = 0;
    bool isr_under_way = false;
  };

  [[nodiscard]] Instant now() const;
  [[nodiscard]] Peer& peer(BrokerIndex broker) { return peers_[broker.value]; }
  /// How long a broker's timer takes that is set now (Failures::timer()).
  [[nodiscard]] Duration timer(BrokerIndex broker, Duration wait) const;
  [[nodiscard]] Duration latency(BrokerIndex broker) const;
  [[nodiscard]] Duration parks_after(BrokerIndex broker) const;
  [[nodiscard]] bool passes(BrokerIndex broker, bool to_controller) const;
  [[nodiscard]] std::optional<Duration> passage(BrokerIndex broker, bool to_controller, std::optional<MessageKind> kind,
                                                Duration patience);
  [[nodiscard]] bool stands_still() const { return works_from_ > now(); }
  [[nodiscard]] MetadataOffset offset_at_controller(std::uint64_t offset) const {
    return first_offset_ + static_cast<MetadataOffset>(offset);
  }
  Timer at(Instant when, Task task);
  [[nodiscard]] Task task_of(Step step, BrokerIndex broker) const;
  void handle(const Task& task);

  void communicate_in(BrokerIndex broker, Duration wait);
  void communicate(BrokerIndex broker);
  void on_request(const Task& request);
  void register_at_controller(BrokerIndex broker);
  void heartbeat_at_controller(BrokerIndex broker);
  void answer_after_commit(Task answer);
  void send_answer(const Task& answer);
  void on_answer(BrokerIndex broker);
  void on_heartbeat_answered(BrokerIndex broker);

  void send_proposals(BrokerIndex broker);
  void on_proposals(const Task& request);
  void on_judged(BrokerIndex broker);

  void write(MetadataBatch records);
  void commit();
  void apply(BrokerIndex broker, std::uint64_t offset);
  void commit(const PartitionChange& change);
  void commit(const BrokerChange& change);
  void commit(const TopicChange& change);
  void offer_metadata(BrokerIndex broker);
  void on_metadata(const Task& task);
  void apply_metadata(BrokerIndex broker, std::uint64_t offset);
  void plan_on_time();
  void work_again();
  void note(const PartitionChange& change, const PartitionView& before, const PartitionView& after);
  void note(const BrokerChange& change);

  Cluster* cluster_;
  const ControlPlaneSpec* spec_;
  ZoneIndex zone_;  // of the active controller
  Controller controller_;
  MetadataOffset first_offset_ = no_metadata;  // of the controller's log when the run begins
  MetadataLog log_;
  std::vector<Peer> peers_;
  std::vector<BrokerView> written_;  // by broker: what the last record written says, committed or not
  std::vector<std::optional<BrokerIndex>> decided_leader_;  // likewise by partition
  std::vector<Task> tasks_;
  std::uint32_t free_task_;
  std::vector<MetadataBatch> uncommitted_;
  std::vector<Task> answers_;  // that leave with the commit
  Timer committing_;
  Instant on_time_at_ = Instant::max();  // the earliest planned
  Instant works_from_{};
  PartitionSet under_replicated_;
  RandomStream commit_times_, propagation_delays_;
};

}  // namespace brokersim
