// SPDX-License-Identifier: Apache-2.0
// A simulated cluster with its clients: the parts, the events that reach them, and the way from one to the next.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "sim/engine/coarse_timers.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/metrics/recorder.hpp"
#include "sim/model/batch.hpp"
#include "sim/model/broker.hpp"
#include "sim/model/consumers.hpp"
#include "sim/model/disk.hpp"
#include "sim/model/events.hpp"
#include "sim/model/failures.hpp"
#include "sim/model/group_coordinators.hpp"
#include "sim/model/in_sync_replicas.hpp"
#include "sim/model/log_branches.hpp"
#include "sim/model/loss.hpp"
#include "sim/model/network.hpp"
#include "sim/model/partition_logs.hpp"
#include "sim/model/producers.hpp"
#include "sim/model/quotas.hpp"
#include "sim/model/replication.hpp"
#include "sim/model/retention.hpp"
#include "sim/model/roles.hpp"
#include "sim/model/run_checks.hpp"
#include "sim/model/run_limits.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

/// One trial of one arm. Build it, run it once.
class Cluster {
 public:
  /// replicas  shape [partitions][replication factor], topics in order, first = leader
  Cluster(const WorldSpec& world, const std::vector<std::vector<BrokerIndex>>& replicas, ReadPolicy policy,
          RandomSource source, const RunLimits& limits);

  [[nodiscard]] TrialResult run();
  /// The same in steps, for who looks at it on the way: start() once, advance() to later and later instants, finish().
  void start();
  void advance(Instant until);
  [[nodiscard]] TrialResult finish();

  void on(ProducerReady e) { producers.on_ready(e.producer); }
  void on(ProduceArrived e) { producers.on_request_arrived(e.request); }
  void on(ConnectionFreed e) { producers.on_connection_freed(e.connection); }
  void on(ProduceHandled e) { producers.on_request_handled(e.request); }
  void on(ProduceAcknowledged e) { producers.on_acknowledged(e.request); }
  void on(ProducerThrottleEnded e) { producers.on_throttle_ended(e.producer); }
  void on(ProducerTask e) { producers.on(e); }
  void on(ReplicaFetchArrived e) { replication.on_fetch_arrived(e.session); }
  void on(ReplicaFetchHandled e) { replication.on_fetch_handled(e.session); }
  void on(ReplicaFetchExpired e) { replication.on_fetch_expired(e.session); }
  void on(ReplicaFetchRead e) { replication.on_fetch_read(e.session); }
  void on(ReplicaFetchAnswered e) { replication.on_fetch_answered(e.session); }
  void on(ReplicaFetchReceived e) { replication.on_fetch_received(e.session); }
  void on(MemberJoined e) { consumers.on_member_joined(e.member); }
  void on(ApplicationPolls e) { consumers.on_application_polls(e.application); }
  void on(ApplicationPauses e) { consumers.on_application_pauses(e.application); }
  void on(ApplicationResumes e) { consumers.on_application_resumes(e.application); }
  void on(ConsumerFetchSent e) { consumers.on_fetch_sent(e.session); }
  void on(ConsumerFetchArrived e) { consumers.on_fetch_arrived(e.session); }
  void on(ConsumerFetchHandled e) { consumers.on_fetch_handled(e.session); }
  void on(ConsumerFetchExpired e) { consumers.on_fetch_expired(e.session); }
  void on(ConsumerFetchRead e) { consumers.on_fetch_read(e.session); }
  void on(ConsumerFetchAnswered e) { consumers.on_fetch_answered(e.session); }
  void on(ReplicaRejoins e) { replication.on_replica_rejoins(e.replica); }
  void on(LagChecked e) { in_sync->on_lag_check(BrokerIndex{e.broker}); }
  void on(FaultDue e) { failures->on(e); }
  void on(ControlEvent e) { failures->on(e); }
  void on(GroupEvent e) { coordinators.on(e); }
  void on(ConsumerWakes e) { consumers.on_wakes(e.member); }
  void on(LinkEntered e);
  void on(TimersDue);

  /// What a far timer is about.
  enum class TimerKind : std::uint8_t { replica_fetch, consumer_fetch, producer, produce_timeout };
  /// Schedules `event` if its time is near and says so; else files a coarse timer, which asks its owner again in time,
  /// at `asks`.
  template <class Event>
  bool at_or_file(Instant when, Event event, TimerKind kind, std::uint32_t id, Timer* timer = nullptr,
                  Instant* asks = nullptr) {
    const Instant now = simulation.now();
    if (!CoarseTimers::is_near(now, when)) {
      const Instant due = timers_.add(now, when, static_cast<std::uint32_t>(kind) << timer_kind_shift | id);
      expect_tick(due);
      if (asks != nullptr) *asks = due;
      return false;
    }
    const Timer scheduled = simulation.at(when, event);
    if (timer != nullptr) *timer = scheduled;
    return true;
  }

  /// Sends a message that leaves its sender at `left`; `event` happens when it arrives, not before `not_before`.
  /// Returns the arrival if it is known at once, else the later of `left` and `not_before`.
  template <class Event>
  Instant send(const Leg& leg, Instant left, Bytes wire, Bytes payload, Event event, Instant not_before = Instant{}) {
    if (!network.limited(leg)) [[likely]] {
      Instant arrives = network.arrival(leg, left, wire, payload);
      if constexpr (std::is_same_v<Event, ProduceAcknowledged> || std::is_same_v<Event, ConsumerFetchAnswered>) {
        arrives = taken_by_client(leg.to, arrives, payload);
      }
      const Instant at = std::max(arrives, not_before);
      simulation.at(at, event);
      return at;
    }
    enter_link(leg, left, wire, payload, Arrival::of(event));
    return std::max(left, not_before);
  }

  /// When a produce request that is ready at `now` leaves its client.
  [[nodiscard]] Instant left_by_client(ZoneIndex zone, Instant now, Bytes payload) {
    Host& host = client_hosts[zone.value];
    return host.awake(now) + host.vary(world.clients.send.of(payload));
  }
  /// When an answer that arrives at `at` has reached the application or the sender's callback.
  [[nodiscard]] Instant taken_by_client(ZoneIndex zone, Instant at, Bytes payload) {
    Host& host = client_hosts[zone.value];
    return host.awake(at) + host.vary(world.clients.receive.of(payload));
  }
  [[nodiscard]] std::uint32_t host_of_clients(ZoneIndex zone) const {
    return static_cast<std::uint32_t>(brokers.size()) + zone.value;
  }

  /// What comes of a connection from a broker to another one.
  [[nodiscard]] Reach reach(BrokerIndex from, BrokerIndex to) const;
  /// Whether a follower may join the ISR, as the leader's broker knows: not fenced, not shutting down.
  [[nodiscard]] bool eligible(BrokerIndex follower, BrokerIndex leader) const;
  /// How long a broker's timer takes that is set now.
  [[nodiscard]] Duration timer(BrokerIndex broker, Duration wait) const {
    return failures ? failures->timer(broker, wait) : wait;
  }

  using Engine = Simulation<Cluster, TournamentQueue, ProducerReady, ProduceArrived, ConnectionFreed, ProduceHandled,
                            ProduceAcknowledged, ReplicaFetchArrived, ReplicaFetchHandled, ReplicaFetchExpired,
                            ReplicaFetchAnswered, ReplicaFetchReceived, MemberJoined, ApplicationPolls,
                            ApplicationPauses, ApplicationResumes, ConsumerFetchSent, ConsumerFetchArrived,
                            ConsumerFetchHandled, ConsumerFetchExpired, ConsumerFetchAnswered, LinkEntered, TimersDue,
                            ProducerThrottleEnded, ConsumerFetchRead, ReplicaRejoins, LagChecked, FaultDue,
                            ControlEvent, GroupEvent, ConsumerWakes, ProducerTask, ReplicaFetchRead>;

  const WorldSpec& world;
  RunLimits limits;
  std::uint64_t drawn = 0;  ///< by all random streams (RandomSource)
  RandomSource random;
  Recorder recorder;
  Engine simulation;
  Network network;
  std::vector<Broker> brokers;
  std::vector<Host> client_hosts;  ///< by zone
  BatchPool batches;
  ClientQuotas quotas;
  Disks disks;
  PartitionLogs logs;
  Replication replication;
  Consumers consumers;
  GroupCoordinators coordinators;
  Producers producers;
  std::unique_ptr<LogBranches> branches;    ///< none: nothing may fail
  std::unique_ptr<InSyncReplicas> in_sync;  ///< likewise
  Roles roles;
  std::unique_ptr<Failures> failures;    ///< likewise none
  std::unique_ptr<RunChecks> checks;     ///< likewise
  std::unique_ptr<Retention> retention;  ///< none: nothing is deleted

 private:
  /// Which event a message under way becomes at its end.
  struct Arrival {
    enum class Kind : std::uint8_t {
      produce,
      acknowledgement,
      replica_fetch,
      replica_answer,
      consumer_fetch,
      consumer_answer,
      group_message
    };
    Kind kind;
    std::uint32_t id;
    static Arrival of(ProduceArrived e) { return {Kind::produce, e.request}; }
    static Arrival of(ProduceAcknowledged e) { return {Kind::acknowledgement, e.request}; }
    static Arrival of(ReplicaFetchArrived e) { return {Kind::replica_fetch, e.session}; }
    static Arrival of(ReplicaFetchAnswered e) { return {Kind::replica_answer, e.session}; }
    static Arrival of(ConsumerFetchArrived e) { return {Kind::consumer_fetch, e.session}; }
    static Arrival of(ConsumerFetchAnswered e) { return {Kind::consumer_answer, e.session}; }
    static Arrival of(GroupEvent e) { return {Kind::group_message, e.code}; }
  };
  struct Transit {
    Leg leg;
    Bytes wire;
    Bytes payload;
    Arrival arrival;
    std::uint32_t hop;
    std::uint32_t next_free;
    Duration late = {};       // by faults of the way
    Instant not_before = {};  // its last byte leaves later
  };
  void build_partitions(const std::vector<std::vector<BrokerIndex>>& replicas);
  void build_groups(const std::vector<std::vector<BrokerIndex>>& replicas);
  void account_control_plane();
  void account_unfinished();
  [[nodiscard]] RunFingerprint fingerprint() const;
  void allow_for_copies_again(Conservation& flow);
  void enter_link(const Leg& leg, Instant left, Bytes wire, Bytes payload, Arrival arrival);
  void arrive(Instant at, const Transit& transit);
  [[nodiscard]] bool let_pass(Transit& transit);
  [[nodiscard]] std::optional<MessageKind> kind_of(Arrival arrival) const;
  [[nodiscard]] Duration patience_of(Arrival arrival) const;

  static constexpr int timer_kind_shift = 30;  ///< ids are below 2^30
  void expect_tick(Instant due);

  CoarseTimers timers_;
  Timer tick_;                        // the next tick of coarse timers ...
  Instant tick_at_ = Instant::max();  // ... and when; max: none is scheduled
  std::vector<Transit> transits_;
  std::uint32_t free_transit_ = nil;
};

}  // namespace brokersim
