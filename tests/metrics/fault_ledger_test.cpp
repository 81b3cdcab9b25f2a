// SPDX-License-Identifier: Apache-2.0
// Expected times are worked by hand from metrics-and-statistics.md section 5.
#include "sim/metrics/fault_ledger.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace brokersim {
namespace {

constexpr Instant at(std::int64_t ms) {
  return Instant{std::chrono::milliseconds{ms}};
}
constexpr Duration ms(std::int64_t n) {
  return std::chrono::milliseconds{n};
}

/// Two partitions and one group, observed from 10 s to 20 s in windows of 1 s.
FaultLedger ledger_of_ten_seconds() {
  return FaultLedger({at(10'000), at(20'000), std::chrono::seconds{1}, 2, 1});
}

MissingTime total(const FaultAccount& account) {
  MissingTime sum;
  for (const MissingTime& window : account.missing) {
    sum.leader += window.leader;
    sum.in_sync += window.in_sync;
    sum.stalled += window.stalled;
  }
  return sum;
}

Duration unread(const FaultAccount& account) {
  Duration sum{};
  for (const Duration window : account.unread) sum += window;
  return sum;
}

TEST_CASE("time without a leader is entered in the windows it lies in") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(0, at(12'300));
  ledger.on_leader_leads(0, at(14'100));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.missing.size() == 10);
  CHECK(account.missing[1].leader == ms(0));
  CHECK(account.missing[2].leader == ms(700));
  CHECK(account.missing[3].leader == ms(1000));
  CHECK(account.missing[4].leader == ms(100));
  CHECK(total(account).leader == ms(1800));
}

TEST_CASE("only what lies in the observation interval counts, and a partition without a leader to its end is missing") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(0, at(9'000));
  ledger.on_leader_leads(0, at(11'000));
  ledger.on_leader_lost(1, at(19'500));
  ledger.on_leader_lost(0, at(20'500));  // while the run drains
  const FaultAccount account = ledger.finish();
  CHECK(total(account).leader == ms(1000 + 500));
}

TEST_CASE("too few in-sync replicas count while there is a leader") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_min_isr(0, false, at(12'000));
  ledger.on_leader_lost(0, at(13'000));
  ledger.on_leader_leads(0, at(15'000));
  ledger.on_min_isr(0, true, at(15'500));
  const FaultAccount account = ledger.finish();
  CHECK(total(account).in_sync == ms(1000 + 500));
  CHECK(total(account).leader == ms(2000));
  REQUIRE(account.too_few_in_sync.size() == 1);  // whoever leads, acks=all is refused
  CHECK(account.too_few_in_sync[0].began == at(12'000));
  CHECK(account.too_few_in_sync[0].ended == at(15'500));
}

TEST_CASE("a kill's outage has its moments: noticed, elected, led, found") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(1, at(11'000));
  ledger.on_leader_decided(1, at(13'000));
  ledger.on_leader_committed(1, true, at(13'030));
  ledger.on_leader_leads(1, at(13'040));
  ledger.on_write(1, at(12'000), at(13'200));  // a batch that has waited
  ledger.on_write(1, at(13'500), at(13'600));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.outages.size() == 1);
  const OutageNote& outage = account.outages[0];
  CHECK(outage.partition == 1);
  CHECK(outage.group == OutageNote::writers);
  CHECK(outage.began == at(11'000));
  CHECK(outage.decided == at(13'000));
  CHECK(outage.committed == at(13'030));
  CHECK(outage.leads == at(13'040));
  CHECK(outage.served == at(13'200));
}

TEST_CASE("a producer that had nothing to send found the leader as fast as its first batch did") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(1, at(11'000));
  ledger.on_leader_leads(1, at(13'000));
  ledger.on_write(1, at(15'000), at(15'005));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.outages.size() == 1);
  CHECK(account.outages[0].served == at(13'005));
}

TEST_CASE("a leader lost a second time belongs to no earlier decision; one moved away was decided before it was lost") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_decided(0, at(11'000));  // moved away
  ledger.on_leader_committed(0, true, at(11'010));
  ledger.on_leader_lost(0, at(11'015));
  ledger.on_leader_leads(0, at(11'020));
  ledger.on_write(0, at(11'000), at(11'100));
  ledger.on_leader_lost(0, at(15'000));  // killed
  ledger.on_leader_decided(0, at(17'000));
  ledger.on_leader_committed(0, true, at(17'010));
  ledger.on_leader_leads(0, at(17'015));
  ledger.on_write(0, at(15'000), at(17'100));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.outages.size() == 2);
  CHECK(account.outages[0].decided == at(11'000));
  CHECK(account.outages[1].decided == at(17'000));
  CHECK(account.outages[1].committed == at(17'010));
}

TEST_CASE("the controller knows from its first decision on, even if that names nobody") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(0, at(11'000));
  ledger.on_leader_decided(0, at(12'000));
  ledger.on_leader_committed(0, false, at(12'010));
  ledger.on_leader_decided(0, at(16'000));
  ledger.on_leader_committed(0, true, at(16'010));
  ledger.on_leader_leads(0, at(16'020));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.outages.size() == 1);
  CHECK(account.outages[0].decided == at(12'000));
  CHECK(account.outages[0].committed == at(16'010));
  CHECK_FALSE(account.outages[0].served.has_value());
}

TEST_CASE("acknowledgements stall from one second on, and batches that wait together count once") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_waited(0, at(11'000), at(11'900));  // no stall
  ledger.on_waited(0, at(12'000), at(15'000));  // 13 s to 15 s
  ledger.on_waited(0, at(12'500), at(15'000));
  ledger.on_waited(0, at(13'500), at(15'200));  // 15 s to 15.2 s is new
  const FaultAccount account = ledger.finish();
  CHECK(total(account).stalled == ms(2000 + 200));
  CHECK(account.missing[3].stalled == ms(1000));
  CHECK(account.missing[5].stalled == ms(200));
}

TEST_CASE("what is unavailable does not stall as well") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_min_isr(0, false, at(14'000));
  ledger.on_min_isr(0, true, at(15'000));
  ledger.on_waited(0, at(12'000), at(16'000));  // 13 s to 14 s, and 15 s to 16 s
  ledger.on_waited(1, at(12'000), at(14'000));  // given up as its leader is lost: 13 s to 14 s
  ledger.on_leader_lost(1, at(14'000));
  ledger.on_leader_leads(1, at(17'000));
  ledger.on_waited(1, at(12'000), at(17'500));  // committed by the next one: 17 s to 17.5 s
  const FaultAccount account = ledger.finish();
  CHECK(total(account).stalled == ms(1000 + 1000 + 1000 + 500));
}

TEST_CASE(
    "a group that is refused an answer is unread until it is served; another replica is found without an election") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_read_lost(7, 0, 0, at(12'500));
  ledger.on_read_lost(7, 0, 0, at(12'600));  // still
  ledger.on_read_served(7, at(13'250));
  ledger.on_read_served(7, at(13'300));
  const FaultAccount account = ledger.finish();
  CHECK(account.unread[2] == ms(500));
  CHECK(account.unread[3] == ms(250));
  CHECK(unread(account) == ms(750));
  REQUIRE(account.outages.size() == 1);
  CHECK(account.outages[0].group == 0);
  CHECK(account.outages[0].decided == at(12'500));
  CHECK(account.outages[0].leads == at(12'500));
  CHECK(account.outages[0].served == at(13'250));
}

TEST_CASE("a group that read at the leader waits for the election too") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_leader_lost(0, at(12'000));
  ledger.on_read_lost(3, 0, 0, at(12'000));
  ledger.on_leader_decided(0, at(14'000));
  ledger.on_leader_committed(0, true, at(14'010));
  ledger.on_leader_leads(0, at(14'020));
  ledger.on_read_served(3, at(14'500));
  const FaultAccount account = ledger.finish();
  REQUIRE(account.outages.size() == 2);
  const OutageNote& read = account.outages[0];
  CHECK(read.group == 0);
  CHECK(read.decided == at(14'000));
  CHECK(read.leads == at(14'020));
  CHECK(read.served == at(14'500));
}

TEST_CASE("committed records that come back are not lost") {
  FaultLedger ledger = ledger_of_ten_seconds();
  ledger.on_committed_lost(30);
  ledger.on_committed_lost(-10);
  CHECK(ledger.finish().lost_committed == 20);
}

TEST_CASE("spans belong to the window of their record, and any windows together have their percentiles") {
  FaultLedger ledger = ledger_of_ten_seconds();
  SpanSeries& spans = ledger.spans(SpanMeasure::produce);
  // 100 records in the first second, 1 ms to 100 ms; then one of 5 s, which ends beyond the interval; and one before
  // it.
  for (int i = 1; i <= 100; ++i) spans.add(at(10'000 + i), ms(i));
  spans.add(at(19'000), ms(5'000));
  spans.add(at(9'999), ms(9'999));
  const FaultAccount account = ledger.finish();
  const std::vector<SpanWindow>& windows = account.spans[static_cast<std::size_t>(SpanMeasure::produce)];
  REQUIRE(windows.size() == 10);
  const SpanSummary first = summarize(windows, 0, 1);
  CHECK(first.count == 100);
  // Nearest rank: the 50th and the 99th; the bucket's middle is at most 1 % off (two digits).
  CHECK(first.p50_seconds.value() == doctest::Approx(0.050).epsilon(0.01));
  CHECK(first.p99_seconds.value() == doctest::Approx(0.099).epsilon(0.01));
  CHECK(first.max_seconds.value() == doctest::Approx(0.1).epsilon(1e-12));
  CHECK(summarize(windows, 1, 9).all() == 0);
  CHECK_FALSE(summarize(windows, 1, 9).p50_seconds.has_value());
  const SpanSummary all = summarize(windows, 0, 10);
  CHECK(all.count == 101);
  CHECK(all.max_seconds.value() == doctest::Approx(5).epsilon(1e-12));
}

TEST_CASE("what never ends lies above every finite percentile") {
  FaultLedger ledger = ledger_of_ten_seconds();
  SpanSeries& spans = ledger.spans(SpanMeasure::delivery);
  for (int i = 0; i < 98; ++i) spans.add(at(11'000), ms(2));
  spans.add_censored(at(11'000), 2);
  const FaultAccount account = ledger.finish();
  const SpanSummary summary = summarize(account.spans[static_cast<std::size_t>(SpanMeasure::delivery)], 0, 10);
  CHECK(summary.count == 98);
  CHECK(summary.censored == 2);
  CHECK(summary.p50_seconds.has_value());
  CHECK_FALSE(summary.p99_seconds.has_value());  // the 99th of 100 never ended
  CHECK_FALSE(summary.max_seconds.has_value());
}

TEST_CASE("a batch's records are counted one by one, each in its own window") {
  FaultLedger ledger = ledger_of_ten_seconds();
  RecordRun run;
  run.first = at(10'900);
  run.step_ps = 100'000'000'000;  // 100 ms apart: 10.9 s, 11.0 s, 11.1 s, 11.2 s
  run.count = 4;
  ledger.spans(SpanMeasure::produce).add_run(run, 0, at(11'400));
  ledger.spans(SpanMeasure::produce).add_run(run, 3, at(11'400));  // the last one alone
  ledger.spans(SpanMeasure::produce).add_run_censored(run, 2);
  const FaultAccount account = ledger.finish();
  const std::vector<SpanWindow>& windows = account.spans[static_cast<std::size_t>(SpanMeasure::produce)];
  CHECK(summarize(windows, 0, 1).count == 1);
  CHECK(summarize(windows, 1, 2).count == 4);
  CHECK(summarize(windows, 1, 2).censored == 2);
  CHECK(windows[0].maximum == ms(500));
  CHECK(windows[1].maximum == ms(400));
}

}  // namespace
}  // namespace brokersim
