// SPDX-License-Identifier: Apache-2.0
#include "sim/model/topology.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <optional>
#include <stdexcept>

namespace brokersim {
namespace {

struct EdgeData {
  std::int64_t latency_ns = 0;
  std::uint32_t link = 0;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property, EdgeData>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;

/// The fastest of the links between two zones, if there are any.
std::optional<std::uint32_t> best_link(const NetworkSpec& network, std::uint32_t from, std::uint32_t to) {
  std::optional<std::uint32_t> best;
  for (std::uint32_t i = 0; i < network.links.size(); ++i) {
    const LinkSpec& link = network.links[i];
    const bool joins = (link.a.value == from && link.b.value == to) || (link.a.value == to && link.b.value == from);
    if (!joins) continue;
    if (!best || link.one_way_latency.expected() < network.links[*best].one_way_latency.expected()) best = i;
  }
  return best;
}

}  // namespace

std::vector<std::vector<Hop>> shortest_routes(const NetworkSpec& network) {
  const std::size_t zones = network.zones.size();
  Graph graph(zones);
  for (std::uint32_t i = 0; i < network.links.size(); ++i) {
    const LinkSpec& link = network.links[i];
    // One ns more a hop: among routes of equal latency the one of fewest links.
    boost::add_edge(link.a.value, link.b.value, EdgeData{link.one_way_latency.expected().count() + 1, i}, graph);
  }
  std::vector<std::vector<Hop>> routes(zones * zones);
  for (std::uint32_t from = 0; from < zones; ++from) {
    std::vector<Vertex> before(zones);
    std::vector<std::int64_t> distance(zones);
    const auto index = get(boost::vertex_index, graph);
    boost::dijkstra_shortest_paths(graph, static_cast<Vertex>(from),
                                   boost::weight_map(get(&EdgeData::latency_ns, graph))
                                       .predecessor_map(boost::make_iterator_property_map(before.begin(), index))
                                       .distance_map(boost::make_iterator_property_map(distance.begin(), index)));
    for (std::uint32_t to = 0; to < zones; ++to) {
      std::vector<Hop>& route = routes[from * zones + to];
      if (to == from) {
        route.push_back({static_cast<std::uint32_t>(network.links.size()) + from, false});
        continue;
      }
      const auto direct = best_link(network, from, to);
      if (direct) {
        route.push_back({*direct, network.links[*direct].a.value != from});
        continue;
      }
      if (before[to] == static_cast<Vertex>(to)) {
        throw std::invalid_argument("zone " + network.zones[to] + " cannot be reached from zone " +
                                    network.zones[from]);
      }
      for (auto at = static_cast<std::uint32_t>(to); at != from;) {
        const auto previous = static_cast<std::uint32_t>(before[at]);
        const std::uint32_t link = *best_link(network, previous, at);
        route.insert(route.begin(), Hop{link, network.links[link].a.value != previous});
        at = previous;
      }
    }
  }
  return routes;
}

}  // namespace brokersim
