// SPDX-License-Identifier: Apache-2.0
// Messages between zones: latency, constant or drawn, link bandwidth, and the account of bytes by zone pair and path.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/engine/station.hpp"
#include "sim/metrics/recorder.hpp"
#include "sim/model/protocol.hpp"
#include "sim/model/specification.hpp"
#include "sim/model/topology.hpp"

namespace brokersim {

/// From where to where, on whose behalf. Hosts are the brokers and behind them, zone by zone, the zones' clients.
struct Leg {
  ZoneIndex from, to;
  TrafficPath path;
  std::uint32_t from_host, to_host;
  [[nodiscard]] Leg back() const { return {to, from, path, to_host, from_host}; }
};

class Network {
 public:
  /// watched  every message enters its way by an event of its own, for something may happen to it there (LinkFaults)
  Network(const NetworkSpec& spec, RandomSource random, Recorder& recorder, bool watched = false);

  /// True if the way has a link of limited bandwidth, so that the message has to queue for it, or is watched.
  [[nodiscard]] bool limited(const Leg& leg) const { return route(leg).limited; }

  /// A message leaves its sender at `left`: enters it in the account and returns when it arrives. Only if not
  /// limited().
  [[nodiscard]] Instant arrival(const Leg& leg, Instant left, Bytes wire, Bytes payload) {
    account(leg, left, wire, payload);
    Route& way = routes_[pair(leg)];
    Instant at = left + way.constant_latency;
    for (const std::uint32_t hop : way.drawn_hops) at += draw(hop, leg.path);
    return at;
  }
  void account(const Leg& leg, Instant left, Bytes wire, Bytes payload) {
    recorder_->on_link(pair(leg), leg.path, wire, payload, left);
    recorder_->on_hosts(leg.from_host, leg.to_host, wire, left);
  }
  /// Acknowledgements of TCP that travel alone: they cost bytes and hold nothing up.
  void acknowledge(const Leg& leg, Instant when, Bytes packets) {
    if (packets > 0) account(leg, when, packets * protocol::Tcp::headers, 0);
  }
  /// A receiver that has had nothing to send since a message came at `since` acknowledges it on its own, by `leg`.
  void acknowledge_if_late(const Leg& leg, Instant since, Instant now) {
    if (since < now && now - since > protocol::Tcp::delayed_acknowledgement) acknowledge(leg, now, 1);
  }
  [[nodiscard]] const protocol::Tcp& tcp() const { return tcp_; }

  [[nodiscard]] std::size_t hops(const Leg& leg) const { return route(leg).hops.size(); }
  /// A message queues for hop `h` of its way at `now`; returns when it arrives at the hop's other end. Its last byte
  /// leaves at `not_before` or later.
  [[nodiscard]] Instant pass(const Leg& leg, std::size_t h, Instant now, Bytes wire, Instant not_before = {});
  /// The least bandwidth of the links on a way; unlimited if none has a limit.
  [[nodiscard]] BytesPerSecond narrowest(ZoneIndex from, ZoneIndex to) const;

  /// Expected latency of the way, bandwidth apart.
  [[nodiscard]] Duration expected_latency(ZoneIndex from, ZoneIndex to) const {
    return routes_[from.value * zones_ + to.value].expected;
  }

 private:
  struct DirectedLink {
    DelayDistribution latency;
    BytesPerSecond bandwidth;
    FifoStation station{1};
    std::vector<RandomStream> streams;  // by TrafficPath; empty if the latency is constant
  };
  struct Route {
    std::vector<std::uint32_t> hops;        // directed links
    std::vector<std::uint32_t> drawn_hops;  // of them, those whose latency is drawn
    Duration constant_latency{};            // sum over the others
    Duration expected{};
    bool limited = false;
  };

  [[nodiscard]] std::size_t pair(const Leg& leg) const { return leg.from.value * zones_ + leg.to.value; }
  [[nodiscard]] const Route& route(const Leg& leg) const { return routes_[pair(leg)]; }
  [[nodiscard]] Duration draw(std::uint32_t link, TrafficPath path) {
    DirectedLink& way = links_[link];
    return way.latency.sample(way.streams[static_cast<std::size_t>(path)]);
  }

  std::size_t zones_;
  protocol::Tcp tcp_;
  std::vector<DirectedLink> links_;  // 2 x link + reversed
  std::vector<Route> routes_;        // shape [zones * zones]
  Recorder* recorder_;
};

}  // namespace brokersim
