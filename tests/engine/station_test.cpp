// SPDX-License-Identifier: Apache-2.0
// The station without events against the same station with events, and literal timetables.
#include "sim/engine/station.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/random/stream.hpp"
#include "tests/engine/instants.hpp"

using namespace brokersim;
using std::chrono::nanoseconds;

namespace {

using test::at_ns;

struct Job {
  Instant arrival;
  Duration work;
};

/// A queue as one would write it with events: a job arrives, waits in line, is served, and calls the next one.
class EventDrivenStation {
 public:
  struct Arrives {
    std::uint32_t job;
  };
  struct Done {};

  EventDrivenStation(std::uint32_t servers, const std::vector<Job>& jobs)
      : jobs_(jobs), services_(jobs.size()), idle_(servers) {
    for (std::uint32_t i = 0; i < jobs.size(); ++i) simulation_.at(jobs[i].arrival, Arrives{i});
  }
  std::vector<Service> run() {
    simulation_.run();
    return services_;
  }
  void on(Arrives event) {
    line_.push_back(event.job);
    start_while_possible();
  }
  void on(Done) {
    ++idle_;
    start_while_possible();
  }

 private:
  void start_while_possible() {
    for (; idle_ > 0 && !line_.empty(); --idle_) {
      const std::uint32_t job = line_.front();
      line_.pop_front();
      services_[job] = {simulation_.now(), simulation_.now() + jobs_[job].work};
      simulation_.in(jobs_[job].work, Done{});
    }
  }

  Simulation<EventDrivenStation, TournamentQueue, Arrives, Done> simulation_{*this};
  std::vector<Job> jobs_;
  std::vector<Service> services_;  // by job
  std::deque<std::uint32_t> line_;
  std::uint32_t idle_;
};

}  // namespace

TEST_CASE("one server takes jobs one after the other") {
  FifoStation station(1);
  std::vector<std::pair<std::int64_t, std::int64_t>> timetable;
  for (const Job& job :
       {Job{at_ns(0), nanoseconds{10}}, Job{at_ns(4), nanoseconds{5}}, Job{at_ns(30), nanoseconds{0}}}) {
    const Service service = station.serve(job.arrival, job.work);
    timetable.emplace_back(service.start.time_since_epoch().count(), service.end.time_since_epoch().count());
  }
  CHECK(timetable == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 10}, {10, 15}, {30, 30}});
  CHECK(station.served() == 3);
  CHECK(station.busy() == nanoseconds{15});
  CHECK(station.waiting() == nanoseconds{6});
  CHECK(station.free_at() == at_ns(30));
  CHECK(station.busy_at(at_ns(29)));
  CHECK_FALSE(station.busy_at(at_ns(30)));
}

TEST_CASE("two servers: a job waits only if both are busy, and takes the first that is free") {
  FifoStation station(2);
  CHECK(station.serve(at_ns(0), nanoseconds{10}).start == at_ns(0));
  CHECK(station.serve(at_ns(1), nanoseconds{3}).end == at_ns(4));
  CHECK(station.free_at() == at_ns(4));
  CHECK(station.serve(at_ns(2), nanoseconds{20}).start == at_ns(4));
  CHECK(station.serve(at_ns(3), nanoseconds{1}).start == at_ns(10));
  CHECK(station.waiting() == nanoseconds{2 + 7});
}

TEST_CASE("a station gives every job the start and end that a queue with events gives it") {
  // Any number of servers: one alone, some kept in order (up to 16), many in a heap.
  for (const std::uint32_t servers : {1U, 2U, 3U, 8U, 16U, 17U, 40U}) {
    CAPTURE(servers);
    RandomStream random({.seed = 5, .trial = servers}, "test", "jobs");
    std::vector<Job> jobs;
    Instant arrival = at_ns(0);
    for (int i = 0; i < 5000; ++i) {
      arrival += Duration{random.below(100)};
      jobs.push_back({arrival, Duration{random.below(servers * 95)}});  // utilization 0.95
    }
    FifoStation station(servers);
    const std::vector<Service> expected = EventDrivenStation(servers, jobs).run();
    std::uint32_t different = 0;
    Duration busy{};
    Duration waiting{};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const Service service = station.serve(jobs[i].arrival, jobs[i].work);
      different += service.start != expected[i].start || service.end != expected[i].end ? 1U : 0U;
      busy += jobs[i].work;
      waiting += expected[i].start - jobs[i].arrival;
    }
    CHECK(different == 0);
    CHECK(station.busy() == busy);
    CHECK(station.waiting() == waiting);
    CHECK(waiting > Duration::zero());
  }
}

TEST_CASE("a station without a server and negative work are refused") {
  CHECK_THROWS_AS(FifoStation(0), ContractViolation);
  FifoStation station(1);
  CHECK_THROWS_AS(station.serve(at_ns(0), nanoseconds{-1}), ContractViolation);
}
