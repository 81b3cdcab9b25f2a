// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <map>
#include <mutex>

#include "sim/core/invariant_violation.hpp"
#include "sim/model/cluster.hpp"
#include "sim/policy/placement/classic_placer.hpp"
#include "sim/policy/placement/striped_replica_placer.hpp"
#include "sim/primary_replica/store.hpp"
#include "sim/random/arithmetic_check.hpp"

namespace brokersim {

namespace {

std::vector<std::vector<std::int32_t>> place_topic(const TopicSpec& topic, std::vector<PlacementBroker> brokers,
                                                   RandomStream& random) {
  const PlacementRequest request{topic.partitions, topic.replication_factor};
  if (topic.placer == TopicSpec::Placer::kraft) return place_striped(brokers, request, random);
  if (topic.placer == TopicSpec::Placer::classic_rack_unaware) {
    for (PlacementBroker& broker : brokers) broker.rack.reset();
  }
  return place_classic(brokers, request, random);
}

/// Runs a world, and adds to a violation when and where it was.
template <class World>
TrialResult run_checked(World& world, const Arm& arm, std::uint32_t trial) {
  try {
    TrialResult result = world.run();
    for (const std::string& sentence : result.conservation.violations) {  // "INV-C12: what does not hold"
      const std::size_t colon = sentence.find(": ");
      throw InvariantViolation(sentence.substr(0, colon), sentence.substr(colon + 2));
    }
    return result;
  } catch (InvariantViolation& violation) {
    if constexpr (requires { world.simulation; }) {
      violation.time = world.simulation.now();
      violation.event = world.simulation.events_processed();
    }
    violation.arm = name_of(arm.read);
    violation.trial = trial;
    throw;
  }
}

}  // namespace

std::vector<std::vector<BrokerIndex>> place_partitions(const Scenario& scenario) {
  const WorldSpec& world = scenario.world;
  std::vector<PlacementBroker> brokers;
  std::map<std::int32_t, BrokerIndex> index_of;
  for (std::uint32_t b = 0; b < world.brokers.size(); ++b) {
    brokers.push_back({world.brokers[b].id, world.network.zones[world.brokers[b].zone.value], false});
    index_of[world.brokers[b].id] = BrokerIndex{b};
  }
  std::vector<std::vector<BrokerIndex>> placement;
  for (const TopicSpec& topic : world.topics) {
    if (!topic.replicas.empty()) {
      placement.insert(placement.end(), topic.replicas.begin(), topic.replicas.end());
      continue;
    }
    RandomStream random({scenario.seed, 0}, "placement", topic.id);
    for (const std::vector<std::int32_t>& ids : place_topic(topic, brokers, random)) {
      std::vector<BrokerIndex>& replicas = placement.emplace_back();
      for (const std::int32_t id : ids) replicas.push_back(index_of.at(id));
    }
  }
  return placement;
}

RunLimits limits_of(const Scenario& scenario, Duration warm_up) {
  RunLimits limits;
  limits.warm_up = warm_up;
  limits.duration = scenario.duration;
  limits.drain_limit = scenario.drain_limit;
  limits.traced = scenario.traced;
  // Loads are kept by the second, for bursts, where the scenario's window is made of whole seconds.
  const bool whole_seconds = scenario.window % std::chrono::seconds{1} == Duration::zero();
  limits.ledger_window = whole_seconds ? Duration{std::chrono::seconds{1}} : scenario.window;
  limits.part_quantiles = scenario.has_primary_replica();
  return limits;
}

TrialResult run_trial(const Scenario& scenario, const std::vector<std::vector<BrokerIndex>>& placement, const Arm& arm,
                      std::uint32_t trial, Duration warm_up) {
  const RunLimits limits = limits_of(scenario, warm_up);
  if (arm.protocol == Protocol::primary_replica) {
    PrimaryReplicaStore store(scenario.world, placement, arm.read, {scenario.seed, trial}, limits);
    return run_checked(store, arm, trial);
  }
  Cluster cluster(scenario.world, placement, arm.read, {scenario.seed, trial}, limits);
  return run_checked(cluster, arm, trial);
}

void in_parallel(std::size_t jobs, unsigned threads, const std::function<void(std::size_t)>& job,
                 const std::function<void(std::size_t)>& finished) {
  check_arithmetic();  // rule D-06: a machine or build that computes other bits must not answer
  std::vector<std::exception_ptr> failures(jobs);
  std::mutex progress;
  std::size_t done = 0;
  boost::asio::thread_pool pool(threads);
  for (std::size_t j = 0; j < jobs; ++j) {
    boost::asio::post(pool, [&, j] {
      try {
        job(j);
      } catch (...) {
        failures[j] = std::current_exception();
      }
      const std::lock_guard lock(progress);
      ++done;
      if (finished) finished(done);
    });
  }
  pool.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

std::vector<ArmResult> run_arms(const Scenario& scenario, const std::vector<Arm>& wanted, std::uint32_t trials,
                                Duration warm_up, unsigned threads, const std::function<void(std::size_t)>& finished) {
  const std::vector<std::vector<BrokerIndex>> placement = place_partitions(scenario);
  std::vector<ArmResult> arms;
  for (const Arm& arm : wanted) arms.push_back({arm, std::vector<TrialResult>(trials)});
  const auto run = [&](std::size_t job) {
    const auto trial = static_cast<std::uint32_t>(job / arms.size());
    ArmResult& arm = arms[job % arms.size()];
    arm.trials[trial] = run_trial(scenario, placement, arm.policy, trial, warm_up);
  };
  in_parallel(trials * arms.size(), threads, run, finished);
  return arms;
}

}  // namespace brokersim
