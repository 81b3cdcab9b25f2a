// SPDX-License-Identifier: Apache-2.0
// Which hosts reach which: cuts of the network, which may overlap.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace brokersim {

/// Hosts are the brokers, behind them the clients of each zone, and last the controllers.
class NetworkCuts {
 public:
  explicit NetworkCuts(std::size_t hosts) : hosts_(hosts) {}

  [[nodiscard]] std::size_t hosts() const { return hosts_; }
  /// Whether a message gets through. A host always reaches itself.
  [[nodiscard]] bool passes(std::uint32_t from, std::uint32_t to) const {
    return cuts_.empty() || cuts_[from * hosts_ + to] == 0;
  }
  [[nodiscard]] bool connected(std::uint32_t a, std::uint32_t b) const { return passes(a, b) && passes(b, a); }

  [[nodiscard]] bool any() const {
    return std::any_of(cuts_.begin(), cuts_.end(), [](std::uint16_t cuts) { return cuts > 0; });
  }

  void cut(std::uint32_t from, std::uint32_t to) {
    if (cuts_.empty()) cuts_.resize(hosts_ * hosts_);
    if (from != to) ++cuts_[from * hosts_ + to];
  }
  /// Takes one cut back.
  void mend(std::uint32_t from, std::uint32_t to) {
    if (from != to) --cuts_[from * hosts_ + to];
  }

 private:
  std::size_t hosts_;
  std::vector<std::uint16_t> cuts_;  // shape [hosts][hosts]: how many faults cut it; empty: none ever did
};

}  // namespace brokersim
