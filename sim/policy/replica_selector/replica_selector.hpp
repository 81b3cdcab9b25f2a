// SPDX-License-Identifier: Apache-2.0
// The decision "which replica serves this consumer's fetch" (KIP-392): what it may see, and the interface of its
// policies.
//
// Only the partition's leader decides, at each consumer fetch that reaches it (F-2). It shows the policy the
// candidates: itself and the followers that can serve the fetch now. If the policy names a follower the leader answers
// at once, without records, and the consumer fetches from that follower from then on (F-4). A follower never decides.
//
// A policy is one file that derives from ReplicaSelector, and its line in read_policies.hpp; adding one changes no
// other. Kafka's own see a rack and the logs. Those of other systems, kept as baselines, also see what a client learns
// from answers, or how busy the servers are; a policy says which, and what it does not ask for costs nobody anything.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/contract.hpp"
#include "sim/core/sim_time.hpp"
#include "sim/random/stream.hpp"

namespace brokersim {

/// A replica as its leader sees it. The leader's view of a follower is as old as that follower's last fetch.
struct ReplicaView {
  std::int32_t broker_id = 0;
  std::string_view rack;              ///< broker.rack of its broker; empty: none
  std::int64_t log_start_offset = 0;  ///< the oldest record it has
  std::int64_t log_end_offset = 0;    ///< the next record it will get
  /// How long since it last had everything the leader had; 0 for the leader. Kafka takes both moments in whole
  /// milliseconds, so the caller rounds both down before it subtracts, or ties fall differently.
  Duration since_caught_up{};
  bool is_leader = false;
  bool in_sync = false;  ///< in the ISR the controller has committed
  bool fenced = false;   ///< in the leader's metadata: consumers are given no address for it
  // Only for a policy that wants server_state: its broker at this very moment, as no real client can see it.
  Duration work_ahead{};    ///< how much of its time is promised to requests that wait or are being served
  Duration service_time{};  ///< what one request more takes it at present, on average
  Duration round_trip{};    ///< of the network, from the client to it and back
};

/// A consumer's fetch of one partition, as far as it matters here.
struct ReadRequest {
  std::string_view client_rack;   ///< client.rack of the consumer; empty: none
  std::int64_t fetch_offset = 0;  ///< the first record it asks for
  std::uint32_t client = 0;       ///< who asks, 0 .. SelectorContext::clients - 1
};

/// What a client learns from one answer of a broker.
struct ReadFeedback {
  std::uint32_t client = 0;
  std::int32_t broker_id = 0;
  Duration response_time{};      ///< from sending the request to having the answer, but for a wait for data
  Duration service_time{};       ///< of it, the time in service; as the broker says in its answer
  std::uint32_t queue_size = 0;  ///< requests that waited at the broker when it was done with this one
};

/// How long a baseline's decision holds, unless metadata.max.age.ms is shorter: long against a fetch, short against a
/// run.
inline constexpr Duration baseline_lease = std::chrono::seconds{1};

/// What a policy wants beside the candidates.
struct SelectorNeeds {
  /// How long a decision holds; then the client reconsiders by itself, whether it reads from the leader or a follower.
  /// 0: Kafka's rule. A follower's lease is metadata.max.age.ms, after which the leader is asked again.
  Duration lease{};
  bool feedback = false;      ///< to be told of reads and answers: on_read_started, on_read_ended, on_answer
  bool server_state = false;  ///< ReplicaView::work_ahead, service_time, round_trip
};

/// What a policy is made from.
struct SelectorContext {
  RandomSource random;
  std::uint32_t clients = 1;  ///< in all
};

/// Whether a replica can serve the fetch (F-2): the leader always, which answers whatever happens; a follower if it is
/// in sync, unfenced, and the fetch offset is within its log, the end included.
[[nodiscard]] constexpr bool is_candidate(const ReplicaView& replica, std::int64_t fetch_offset) {
  if (replica.is_leader) return true;
  return replica.in_sync && !replica.fenced && replica.log_start_offset <= fetch_offset &&
         fetch_offset <= replica.log_end_offset;
}

/// Moves the candidates to the front, in their order, and returns them; what is behind them is of no use any more.
[[nodiscard]] constexpr std::span<ReplicaView> keep_candidates(std::span<ReplicaView> replicas,
                                                               std::int64_t fetch_offset) {
  std::size_t kept = 0;
  for (const ReplicaView& replica : replicas) {
    if (is_candidate(replica, fetch_offset)) replicas[kept++] = replica;
  }
  return replicas.first(kept);
}

/// Where the leader is among the candidates, which contain it: it always is one.
[[nodiscard]] constexpr std::size_t leader_among(std::span<const ReplicaView> candidates) {
  std::size_t place = 0;
  while (place < candidates.size() && !candidates[place].is_leader) ++place;
  require(place < candidates.size(), "the leader is a candidate");
  return place;
}

/// A policy. One object may serve every partition of a run: what it remembers between calls is its own affair.
class ReplicaSelector {
 public:
  ReplicaSelector() = default;
  ReplicaSelector(const ReplicaSelector&) = delete;
  ReplicaSelector& operator=(const ReplicaSelector&) = delete;
  virtual ~ReplicaSelector() = default;

  /// The replica to serve `request`. Asked per consumer fetch, so it allocates nothing.
  ///
  /// candidates  shape [candidates], as keep_candidates leaves them; exactly one is the leader; any order
  /// returns     a place in candidates
  [[nodiscard]] virtual std::size_t select(const ReadRequest& request, std::span<const ReplicaView> candidates) = 0;

  [[nodiscard]] virtual SelectorNeeds needs() const { return {}; }
  /// A read of `client` has turned to a broker and is outstanding there until on_read_ended.
  virtual void on_read_started(std::uint32_t client, std::int32_t broker_id);
  virtual void on_read_ended(std::uint32_t client, std::int32_t broker_id);
  virtual void on_answer(const ReadFeedback& feedback);
};

/// The first of the candidates with the least score: ties keep the candidates' order.
///
/// score  (const ReplicaView&) -> something with <
template <class Score>
[[nodiscard]] std::size_t first_least(std::span<const ReplicaView> candidates, const Score& score) {
  std::size_t best = 0;
  auto least = score(candidates[0]);
  for (std::size_t place = 1; place < candidates.size(); ++place) {
    const auto other = score(candidates[place]);
    if (!(other < least)) continue;
    least = other;
    best = place;
  }
  return best;
}

}  // namespace brokersim
