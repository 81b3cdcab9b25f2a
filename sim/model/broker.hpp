// SPDX-License-Identifier: Apache-2.0
// A broker's way for a request: NIC, network threads, shared request queue, I/O threads, and back (section 7.1, B-1 to
// B-10).
#pragma once
#include <algorithm>

#include "sim/engine/station.hpp"
#include "sim/metrics/load_ledger.hpp"
#include "sim/model/host.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

/// The stations of one broker. Each is first come, first served; requests enter the next station in the order in which
/// they were presented to the first one.
class Broker {
 public:
  Broker(BrokerIndex index, const BrokerSpec& spec, LoadLedger& ledger, RandomSource random)
      : index_(index),
        spec_(&spec),
        ledger_(&ledger),
        nic_(spec.nic),
        nic_in_(1),
        nic_out_(1),
        network_threads_(spec.num_network_threads),
        io_threads_(spec.num_io_threads),
        host_(spec.service.variation, spec.pauses, random, "broker " + std::to_string(spec.id)) {}

  /// When a message whose last byte comes over the network at `now` has passed the NIC. A NIC passes bytes on as they
  /// come, so an idle one adds nothing to the time the sender's NIC took; a busy one does.
  [[nodiscard]] Instant receive(Instant now, Bytes wire) {
    ledger_->at(index_, now).wire_bytes_in += wire;
    const Duration length = nic_.time_of(wire);
    return use(nic_in_, BrokerResource::nic_in, now - length, length).end;
  }

  /// A message of the broker's own, ready at `now`, has left through the NIC.
  [[nodiscard]] Instant transmit(Instant now, Bytes wire) {
    ledger_->at(index_, now).wire_bytes_out += wire;
    return use(nic_out_, BrokerResource::nic_out, now, nic_.time_of(wire)).end;
  }

  /// A received request is read by a network thread, queues, and is worked on by an I/O thread.
  [[nodiscard]] Service handle(Instant received, Bytes wire, Duration work) {
    const Service read = use(network_threads_, BrokerResource::network_threads, host_.awake(received),
                             host_.vary(spec_->service.network_thread.of(wire)));
    const Service handled = use(io_threads_, BrokerResource::io_threads, host_.awake(read.end), host_.vary(work));
    ledger_->at(index_, handled.start).request_queue_time += handled.start - read.end;
    return handled;
  }

  /// An answer ready at `now` is sent by a network thread through the NIC; its last byte leaves at the returned
  /// instant. data  bytes of the answer that are read from the log, at the cost of a fetch for each byte (B-8)
  [[nodiscard]] Instant respond(Instant now, Bytes wire, Bytes data) {
    const Duration work =
        spec_->service.network_thread.of(wire) + WorkCost{{}, spec_->service.fetch.picoseconds_per_byte}.of(data);
    return transmit(use(network_threads_, BrokerResource::network_threads, host_.awake(now), host_.vary(work)).end,
                    wire);
  }

  /// An answer with `data` bytes of records that has come to a replica fetcher thread is appended at the returned
  /// instant. Each session has a thread of its own, with one answer at a time.
  [[nodiscard]] Instant append_as_follower(Instant received, Bytes data) {
    if (data == 0) return host_.awake(received);
    return host_.awake(received) + host_.vary(spec_->service.replica_append.of(data));
  }

  /// The work of a request and its answer that no event was spent on: an idle poll at `when`.
  void charge(Instant when, Bytes request_wire, Bytes response_wire, Duration work) {
    const auto enter = [&](BrokerResource r, Duration d) { ledger_->busy(index_, r, when, when, when + d); };
    enter(BrokerResource::network_threads,
          spec_->service.network_thread.of(request_wire) + spec_->service.network_thread.of(response_wire));
    enter(BrokerResource::io_threads, work);
    enter(BrokerResource::nic_in, nic_.time_of(request_wire));
    enter(BrokerResource::nic_out, nic_.time_of(response_wire));
    BrokerLoad& load = ledger_->at(index_, when);
    load.wire_bytes_in += request_wire;
    load.wire_bytes_out += response_wire;
  }

  /// Time a request without data spends at an idle broker, answer included.
  [[nodiscard]] Duration idle_visit(Bytes request_wire, Bytes response_wire, Duration work) const {
    const WorkCost& network = spec_->service.network_thread;
    return network.of(request_wire) + work + network.of(response_wire) + nic_.time_of(response_wire);
  }

  /// How long a fetch that arrives at `now` would wait for threads and the NIC's way out, as things are.
  [[nodiscard]] Duration work_ahead(Instant now) const {
    const auto wait = [now](const FifoStation& station) { return std::max(station.free_at() - now, Duration::zero()); };
    return wait(network_threads_) + wait(io_threads_) + wait(nic_out_);
  }
  /// How many fetches would have to wait before that wait for an I/O thread is explained.
  [[nodiscard]] std::uint32_t fetches_waiting(Instant now) const {
    const Duration each = spec_->service.fetch.per_request;
    if (each == Duration::zero() || !io_threads_.busy_at(now)) return 0;
    return static_cast<std::uint32_t>((io_threads_.free_at() - now) * spec_->num_io_threads / each);
  }

  [[nodiscard]] const BrokerSpec& spec() const { return *spec_; }
  [[nodiscard]] BrokerLoad& load(Instant when) { return ledger_->at(index_, when); }

 private:
  Service use(FifoStation& station, BrokerResource resource, Instant arrived, Duration work) {
    const Service service = station.serve(arrived, work);
    ledger_->busy(index_, resource, arrived, service.start, service.end);
    return service;
  }

  BrokerIndex index_;
  const BrokerSpec* spec_;
  LoadLedger* ledger_;
  TransferTime nic_;
  FifoStation nic_in_, nic_out_, network_threads_, io_threads_;
  Host host_;
};

}  // namespace brokersim
