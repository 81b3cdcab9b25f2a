// SPDX-License-Identifier: Apache-2.0
// One node: a NIC, and one thread that executes every command, whoever sent it, one after another.
#pragma once
#include <deque>
#include <string>

#include "sim/model/broker.hpp"
#include "sim/model/host.hpp"

namespace brokersim {

/// What the thread is asked to do. `id` is of the write, the replica's push, the link, or the session.
struct NodeCommand {
  enum class Kind : std::uint8_t { write, apply, acknowledge, read };
  Kind kind;
  std::uint32_t id = 0;
  std::uint32_t position = 0;  ///< acknowledge: pushes of the link that the replica has applied
  Instant received{};
  Duration work{};
};

class Node {
 public:
  Node(BrokerIndex index, const BrokerSpec& spec, LoadLedger& ledger, RandomSource random)
      : index_(index),
        ledger_(&ledger),
        nic_(index, spec, ledger, random),
        host_(spec.service.variation, spec.pauses, random, "broker " + std::to_string(spec.id)) {}

  [[nodiscard]] const BrokerSpec& spec() const { return nic_.spec(); }
  [[nodiscard]] BrokerLoad& load(Instant when) { return nic_.load(when); }
  [[nodiscard]] Instant receive(Instant now, Bytes wire) { return nic_.receive(now, wire); }
  [[nodiscard]] Instant transmit(Instant now, Bytes wire) { return nic_.transmit(now, wire); }

  /// Queues a command. Commands are queued in the order in which they have been received.
  void queue(const NodeCommand& command) { commands_.push_back(command); }
  [[nodiscard]] bool idle() const { return !executing_; }
  [[nodiscard]] bool waiting() const { return !commands_.empty(); }

  /// Takes up the oldest command; returns when it starts and ends. Only if idle and something waits.
  [[nodiscard]] Service start() {
    command_ = commands_.front();
    commands_.pop_front();
    executing_ = true;
    const Instant start = host_.awake(std::max(free_at_, command_.received));
    const Service service{start, start + host_.vary(command_.work)};
    occupy(command_.received, service);
    ledger_->at(index_, start).request_queue_time += start - command_.received;
    return service;
  }
  /// The command that has just been executed.
  [[nodiscard]] const NodeCommand& command() const { return command_; }

  /// More work that the command under way brings with it, right behind what it has done so far; returns its end.
  Instant extend(Duration work) {
    const Service service{free_at_, free_at_ + host_.vary(work)};
    occupy(free_at_, service);
    return free_at_;
  }
  /// Nothing more belongs to the command: the next one may start.
  void finish() { executing_ = false; }

 private:
  void occupy(Instant arrived, const Service& service) {
    ledger_->busy(index_, BrokerResource::io_threads, arrived, service.start, service.end);
    free_at_ = service.end;
  }

  BrokerIndex index_;
  LoadLedger* ledger_;
  Broker nic_;  // of the broker model only its NIC
  Host host_;
  std::deque<NodeCommand> commands_;
  NodeCommand command_{};
  bool executing_ = false;
  Instant free_at_{};
};

}  // namespace brokersim
