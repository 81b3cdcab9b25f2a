// SPDX-License-Identifier: Apache-2.0
// A broker's way for a request: NIC, network threads, shared request queue, I/O threads, and back (section 7.1, B-1 to
// B-10).
#pragma once
#include <algorithm>
#include <memory>
#include <string>

#include "sim/engine/station.hpp"
#include "sim/metrics/load_ledger.hpp"
#include "sim/metrics/request_times.hpp"
#include "sim/model/host.hpp"
#include "sim/model/network_threads.hpp"
#include "sim/model/specification.hpp"

namespace brokersim {

/// How an answer is accounted, and whose it is.
struct AnswerTimes {
  Caller caller;
  Duration remote{};    ///< since an I/O thread was done with the request
  Duration throttle{};  ///< it announces
};

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
        host_(spec.service.variation, spec.pauses, random, "broker " + std::to_string(spec.id)) {
    if (spec.connections_bound)
      bound_ = std::make_unique<BoundNetworkThreads>(spec.num_network_threads, spec.queued_max_requests);
  }

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
    if (bound_) [[unlikely]]
      return use(bound_->nic_out(), BrokerResource::nic_out, now, nic_.time_of(wire)).end;
    return use(nic_out_, BrokerResource::nic_out, now, nic_.time_of(wire)).end;
  }

  /// A received request is read by a network thread, queues, and is worked on by an I/O thread.
  [[nodiscard]] Service handle(Instant received, Bytes wire, Duration work, const Caller& caller = {}) {
    FifoStation& thread = thread_of(caller);
    const Instant arrived = host_.awake(received);
    const Duration reading = host_.vary(spec_->service.network_thread.of(wire));
    if (bound_) [[unlikely]]
      return handle_bound(thread, arrived, reading, work, caller.kind);
    const Service read = use(thread, BrokerResource::network_threads, arrived, reading);
    const Service handled = use(io_threads_, BrokerResource::io_threads, host_.awake(read.end), host_.vary(work));
    enter_handled(caller.kind, read.end, handled);
    return handled;
  }

  /// An answer ready at `now` is sent by a network thread through the NIC; its last byte leaves at the returned
  /// instant. data  bytes of the answer that are read from the log, at the cost of a fetch for each byte (B-8)
  [[nodiscard]] Instant respond(Instant now, Bytes wire, Bytes data, const AnswerTimes& answer = {}) {
    const Instant ready = host_.awake(now);
    const Service sent =
        use(thread_of(answer.caller), BrokerResource::network_threads, ready, host_.vary(work_to_send(wire, data)));
    return answered(now, sent.start, transmit(sent.end, wire), answer);
  }

  /// An answer ready at `now`, some of whose data has to come from disk first: the network thread waits for it (B-8).
  /// read  when a read that begins at a given instant ends
  /// returns  when the thread is busy with it; then send_read() follows
  template <class Read>
  [[nodiscard]] Service read_from_disk(Instant now, Bytes wire, Bytes data, const Caller& caller, Read read) {
    FifoStation& thread = thread_of(caller);
    const Instant begin = std::max(host_.awake(now), thread.free_at());
    const Duration waiting = read(begin) - begin;
    return use(thread, BrokerResource::network_threads, begin, waiting + host_.vary(work_to_send(wire, data)));
  }
  [[nodiscard]] Instant send_read(Instant ready, const Service& thread, Bytes wire, const AnswerTimes& answer) {
    return answered(ready, thread.start, transmit(thread.end, wire), answer);
  }

  /// An answer with `data` bytes of records that has come to a replica fetcher thread is appended at the returned
  /// instant. Each session has a thread of its own, with one answer at a time.
  [[nodiscard]] Instant append_as_follower(Instant received, Bytes data) {
    if (data == 0) return host_.awake(received);
    return host_.awake(received) + host_.vary(spec_->service.replica_append.of(data));
  }

  /// The work of a request and its answer that no event was spent on: an idle poll that was parked until `when`.
  void charge(Instant when, Bytes request_wire, Bytes response_wire, Duration work, const AnswerTimes& answer = {}) {
    const auto enter = [&](BrokerResource r, Duration d) { ledger_->busy(index_, r, when, when, when + d); };
    enter(BrokerResource::network_threads,
          spec_->service.network_thread.of(request_wire) + spec_->service.network_thread.of(response_wire));
    enter(BrokerResource::io_threads, work);
    enter(BrokerResource::nic_in, nic_.time_of(request_wire));
    enter(BrokerResource::nic_out, nic_.time_of(response_wire));
    BrokerLoad& load = ledger_->at(index_, when);
    load.wire_bytes_in += request_wire;
    load.wire_bytes_out += response_wire;
    if (RequestTimes* kept = times_of(answer.caller.kind, when)) {
      ++kept->handled;
      kept->local += work;
    }
    const Instant sent = when + spec_->service.network_thread.of(response_wire) + nic_.time_of(response_wire);
    (void)answered(when, when, sent, answer);
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

  /// Its process ends and another one takes its place: nothing is under way any more. Ends that the old stations
  /// promised have to be ignored by whoever waits for them.
  void restart() {
    nic_in_ = nic_out_ = FifoStation(1);
    network_threads_ = FifoStation(spec_->num_network_threads);
    io_threads_ = FifoStation(spec_->num_io_threads);
    if (bound_) bound_ = std::make_unique<BoundNetworkThreads>(spec_->num_network_threads, spec_->queued_max_requests);
    host_.hold(simulation_start);
  }
  [[nodiscard]] Host& host() { return host_; }

  [[nodiscard]] const BrokerSpec& spec() const { return *spec_; }
  [[nodiscard]] BrokerLoad& load(Instant when) { return ledger_->at(index_, when); }

  /// Where the times of its requests are kept, if anywhere.
  void keep_times(RequestTimesByKind& times) { times_ = &times; }

 private:
  [[nodiscard]] Duration work_to_send(Bytes wire, Bytes data) const {
    return spec_->service.network_thread.of(wire) + WorkCost{{}, spec_->service.fetch.picoseconds_per_byte}.of(data);
  }
  [[nodiscard]] FifoStation& thread_of(const Caller& caller) {
    if (bound_) [[unlikely]]
      return bound_->of(caller);
    return network_threads_;
  }
  /// The same with a limited queue: the thread that reads a request is blocked until there is room for it (B-3).
  Service handle_bound(FifoStation& thread, Instant arrived, Duration reading, Duration work, RequestKind kind) {
    const Instant begin = std::max(arrived, thread.free_at());
    const Instant queued = bound_->queued(begin + reading);
    (void)use(thread, BrokerResource::network_threads, arrived, queued - begin);
    const Service handled = use(io_threads_, BrokerResource::io_threads, host_.awake(queued), host_.vary(work));
    bound_->take_up(handled.start);
    enter_handled(kind, begin + reading, handled);
    return handled;
  }
  void enter_handled(RequestKind kind, Instant read, const Service& handled) {
    ledger_->at(index_, handled.start).request_queue_time += handled.start - read;
    if (RequestTimes* times = times_of(kind, handled.end)) {
      ++times->handled;
      times->request_queue += handled.start - read;
      times->local += handled.end - handled.start;
    }
  }
  /// The account for a request of a kind that something happens to at `when`; null outside the observation interval.
  [[nodiscard]] RequestTimes* times_of(RequestKind kind, Instant when) {
    if (kind == RequestKind::not_kept || times_ == nullptr || !ledger_->covers(when)) return nullptr;
    return &(*times_)[static_cast<std::size_t>(kind)];
  }
  /// Enters an answer that was ready at `now`, taken up at `start`, and has left at the returned instant.
  Instant answered(Instant now, Instant start, Instant left, const AnswerTimes& answer) {
    if (RequestTimes* kept = times_of(answer.caller.kind, left)) {
      ++kept->answered;
      kept->remote += answer.remote;
      kept->response_queue += start - now;
      kept->response_send += left - start;
      kept->throttle += answer.throttle;
    }
    return left;
  }
  template <class Station>
  Service use(Station& station, BrokerResource resource, Instant arrived, Duration work) {
    const Service service = station.serve(arrived, work);
    ledger_->busy(index_, resource, arrived, service.start, service.end);
    return service;
  }

  BrokerIndex index_;
  const BrokerSpec* spec_;
  LoadLedger* ledger_;
  RequestTimesByKind* times_ = nullptr;
  std::unique_ptr<BoundNetworkThreads> bound_;  // none: the threads are pooled
  TransferTime nic_;
  FifoStation nic_in_, nic_out_, network_threads_, io_threads_;
  Host host_;
};

}  // namespace brokersim
