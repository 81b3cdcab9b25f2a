// SPDX-License-Identifier: Apache-2.0
// An example to start from: a shop with one till. Events are small structs, the model has one on() for each, and the
// engine keeps the clock.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

#include "sim/engine/simulation.hpp"
#include "sim/engine/station.hpp"
#include "sim/engine/tournament_queue.hpp"
#include "sim/random/exponential.hpp"

using namespace brokersim;
using namespace std::chrono_literals;

namespace {

struct CustomerArrives {};
struct CustomerLeaves {
  std::uint32_t customer;
};

class Shop {
 public:
  explicit Shop(RandomSource source)
      : arrivals_(source, "interarrival", "street"), payments_(source, "service", "till") {
    simulation_.in(between_customers_.sample(arrivals_), CustomerArrives{});
  }

  void on(CustomerArrives event) {
    const Service payment = till_.serve(simulation_.now(), to_pay_.sample(payments_));
    simulation_.at(payment.end, CustomerLeaves{static_cast<std::uint32_t>(inside_ + left_)});
    ++inside_;
    simulation_.in(between_customers_.sample(arrivals_), event);
  }
  void on(CustomerLeaves) {
    --inside_;
    ++left_;
  }

  void open_for(Duration span) { simulation_.run_until(simulation_.now() + span); }

  [[nodiscard]] std::uint64_t left() const { return left_; }
  [[nodiscard]] std::uint64_t inside() const { return inside_; }
  [[nodiscard]] const FifoStation& till() const { return till_; }
  [[nodiscard]] Instant now() const { return simulation_.now(); }

 private:
  Simulation<Shop, TournamentQueue, CustomerArrives, CustomerLeaves> simulation_{*this};
  RandomStream arrivals_;
  RandomStream payments_;
  Exponential between_customers_{75s};
  Exponential to_pay_{60s};
  FifoStation till_{1};
  std::uint64_t inside_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace

TEST_CASE("example: a shop with one till") {
  Shop shop({.seed = 1, .trial = 0});
  shop.open_for(1h);
  shop.open_for(9h);
  CHECK(shop.now() == Instant{10h});
  CHECK(shop.left() + shop.inside() == shop.till().served());  // who came is here or has left
  // 10 h bring 480 customers on average, standard deviation sqrt(480) = 21.9; within four of them.
  CHECK(shop.till().served() > 480 - 88);
  CHECK(shop.till().served() < 480 + 88);
}
