// SPDX-License-Identifier: Apache-2.0
#include "sim/model/network.hpp"

#include <algorithm>

namespace brokersim {

Network::Network(const NetworkSpec& spec, RandomSource random, Recorder& recorder, bool watched)
    : zones_(spec.zones.size()), tcp_(spec.mtu), recorder_(&recorder) {
  std::vector<LinkSpec> all = spec.links;
  all.insert(all.end(), spec.within_zone.begin(), spec.within_zone.end());
  for (const LinkSpec& link : all) {
    for (const bool reversed : {false, true}) {
      DirectedLink directed{link.one_way_latency, link.bandwidth, FifoStation{1}, {}};
      if (link.one_way_latency.law != DelayDistribution::Law::constant) {
        const std::string a = spec.zones[link.a.value];
        const std::string b = spec.zones[link.b.value];
        for (const char* path : traffic_path_names) {
          directed.streams.emplace_back(random, "network", (reversed ? b + ">" + a : a + ">" + b) + "/" + path);
        }
      }
      links_.push_back(std::move(directed));
    }
  }
  for (const std::vector<Hop>& way : shortest_routes(spec)) {
    Route route;
    route.limited = watched;
    for (const Hop& hop : way) {
      const std::uint32_t link = 2 * hop.link + (hop.reversed ? 1 : 0);
      const DirectedLink& directed = links_[link];
      route.hops.push_back(link);
      route.expected += directed.latency.expected();
      route.limited = route.limited || !directed.bandwidth.unlimited();
      if (directed.streams.empty()) {
        route.constant_latency += directed.latency.expected();
      } else {
        route.drawn_hops.push_back(link);
      }
    }
    routes_.push_back(std::move(route));
  }
}

BytesPerSecond Network::narrowest(ZoneIndex from, ZoneIndex to) const {
  BytesPerSecond least;
  for (const std::uint32_t hop : routes_[from.value * zones_ + to.value].hops) {
    const BytesPerSecond bandwidth = links_[hop].bandwidth;
    if (!bandwidth.unlimited() && (least.unlimited() || bandwidth.value < least.value)) least = bandwidth;
  }
  return least;
}

Instant Network::pass(const Leg& leg, std::size_t h, Instant now, Bytes wire, Instant not_before) {
  const std::uint32_t hop = route(leg).hops[h];
  DirectedLink& link = links_[hop];
  const Instant through =
      link.bandwidth.unlimited() ? now : link.station.serve(now, transfer_time(wire, link.bandwidth)).end;
  const Instant sent = std::max(through, not_before);
  return sent + (link.streams.empty() ? link.latency.expected() : draw(hop, leg.path));
}

}  // namespace brokersim
