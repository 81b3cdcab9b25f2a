// SPDX-License-Identifier: Apache-2.0
#include "sim/model/applications.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/cluster.hpp"

namespace brokersim {

/// Whether a group reads batches that take time to decompress.
bool Consumers::unpacks(const ConsumerGroupSpec& group) const {
  const std::vector<ProducerSpec>& producers = cluster_->world.producers;
  return std::any_of(producers.begin(), producers.end(), [&group](const ProducerSpec& producer) {
    return producer.compression.codec != CompressionSpec::Codec::none &&
           producer.compression.decompress_picoseconds_per_byte > 0 &&
           std::find(group.topics.begin(), group.topics.end(), producer.topic) != group.topics.end();
  });
}

/// A member gets a poll loop of its own if its application takes time or pauses, or if it has to decompress.
void Consumers::add_application(std::uint32_t member, const MemberSpec& spec, const ConsumerGroupSpec& group) {
  const DelayDistribution& processing = spec.processing_time_per_record.value_or(group.processing_time_per_record);
  const auto place = static_cast<std::size_t>(&spec - group.members.data());
  const bool unpacks_batches = unpacks(group);
  const bool may_stall = is_named_by(FaultKind::consumer_pause, member);
  if (processing.expected() == Duration::zero() && spec.pauses.empty() && !may_stall && !unpacks_batches) return;
  const auto application = static_cast<std::uint32_t>(applications_.size());
  members_[member].application = application;
  applications_.push_back({.member = member,
                           .usual = processing,
                           .processing = processing,
                           .max_poll_records = group.max_poll_records,
                           .random = {cluster_->random, "processing", group.id + "/" + std::to_string(place)},
                           .unpacks = unpacks_batches,
                           .buffer = {},
                           .waiting = {},
                           .handed = {},
                           .pace_changes = is_named_by(FaultKind::consumer_slow, member),
                           .returned = {},
                           .works = {}});
  for (const ConsumerPauseSpec& pause : spec.pauses) {
    cluster_->simulation.at(Instant{pause.from}, ApplicationPauses{application});
    cluster_->simulation.at(Instant{pause.to}, ApplicationResumes{application});
  }
}

bool Consumers::is_named_by(FaultKind kind, std::uint32_t member) const {
  const Member& of = members_[member];
  return std::any_of(cluster_->world.faults.begin(), cluster_->world.faults.end(), [&](const FaultSpec& fault) {
    return fault.kind == kind && fault.target.entry == of.group.value &&
           fault.target.instance.value_or(of.number) == of.number;
  });
}

bool Consumers::has_coordinator(std::uint32_t member) const {
  return cluster_->world.groups[members_[member].group.value].coordination.has_value();
}

bool Consumers::takes_time(std::uint32_t member) const {
  const std::uint32_t application = members_[member].application;
  return application != nil && applications_[application].usual.expected() > Duration::zero();
}

void Consumers::slow_down(std::uint32_t member, double factor) {
  const std::uint32_t index = members_[member].application;
  Application& application = applications_[index];
  application.processing = factor == 1 ? application.usual : application.usual.times(factor);
  const double pace = seconds(application.processing.expected()) / seconds(application.usual.expected());
  const double ratio = pace / std::exchange(application.pace, pace);
  const Instant now = cluster_->simulation.now();
  if (application.works_until <= now) return;
  const auto move = [&](Instant& at) {
    if (at > now) at = now + Duration{std::llround(static_cast<double>((at - now).count()) * ratio)};
  };
  for (ReturnedBatch& batch : application.returned) std::for_each(batch.handed.begin(), batch.handed.end(), move);
  std::for_each(application.handed.begin(), application.handed.end(), move);
  move(application.works_until);
  cluster_->simulation.cancel(application.works);
  application.works = cluster_->simulation.at(application.works_until, ApplicationPolls{index});
}

void Consumers::stall(std::uint32_t member, bool stalls) {
  const std::uint32_t index = members_[member].application;
  Application& application = applications_[index];
  if (application.stalled == stalls) return;
  application.stalled = stalls;
  if (stalls) {
    if (!application.busy) application.polled_at = cluster_->simulation.now();
    cluster_->coordinators.on_poll_stalls(member, application.polled_at);
  } else if (!application.busy) {
    cluster_->coordinators.on_poll(member);
    poll(index);
  }
}

void Consumers::start_anew(std::uint32_t member) {
  if (members_[member].application != nil) applications_[members_[member].application].stalled = false;
}

std::optional<Instant> Consumers::stalled_since(std::uint32_t member) const {
  const std::uint32_t application = members_[member].application;
  if (application == nil || !applications_[application].stalled) return std::nullopt;
  return applications_[application].polled_at;
}

void Consumers::on_application_polls(std::uint32_t index) {
  applications_[index].busy = false;
  account_returned(applications_[index]);
  if (applications_[index].stalled) [[unlikely]]
    return;
  if (applications_[index].unpacked == 0) cluster_->coordinators.on_poll(applications_[index].member);
  poll(index);
}

/// No fetch asks for a paused partition, and data of it stays in the buffer (C-2). A fetch that is out stays out.
void Consumers::on_application_pauses(std::uint32_t index) {
  applications_[index].paused = true;
  for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
    if (sessions_[s].member != applications_[index].member) continue;
    sessions_[s].once = true;
    wake(s, false);
  }
}

void Consumers::on_application_resumes(std::uint32_t index) {
  applications_[index].paused = false;
  poll(index);
}

/// One poll(): takes records from the buffer, decompresses them, sends the fetches that may leave (C-4), processes the
/// records.
void Consumers::poll(std::uint32_t index) {
  Application& application = applications_[index];
  if (application.busy || application.paused || application.stalled) return;
  application.polled_at = cluster_->simulation.now();
  if (application.unpacks && application.unpacked == 0) {
    const Duration takes = unpack(application);
    if (takes > Duration::zero()) {
      application.busy = true;
      cluster_->simulation.in(takes, ApplicationPolls{index});
      return;
    }
  }
  const Duration work = hand_over(application);
  // Asking may end leases, which makes other sessions join.
  for (bool any = true; any;) {
    any = false;
    for (std::size_t w = 0; w < application.waiting.size(); ++w) {
      if (application.waiting[w].buffered > 0) continue;
      const std::uint32_t s = application.waiting[w].session;
      application.waiting.erase(application.waiting.begin() + static_cast<std::ptrdiff_t>(w));
      ask(s);
      take_up_joined(application);
      any = true;
      break;
    }
  }
  if (failing_) [[unlikely]]
    resume(application.member);
  if (work == Duration::zero()) {
    account_returned(application);
    if (!application.unpacks || application.buffer.empty()) return;
  }
  application.busy = true;
  application.works_until = cluster_->simulation.now() + work;
  application.works = cluster_->simulation.at(application.works_until, ApplicationPolls{index});
}

/// Decompresses what the next poll() will return; how long that takes. Part of a batch takes its share of the records.
Duration Consumers::unpack(Application& application) const {
  Duration takes{};
  for (const BufferedPartition& part : application.buffer) {
    std::uint32_t batch = part.next_batch;
    std::int64_t taken = part.records_taken;
    for (std::uint32_t i = 0; i < part.batches && application.unpacked < application.max_poll_records; ++i) {
      const BatchJourney& journey = cluster_->batches[batch].journey;
      const std::int64_t records = journey.run.count;
      const std::int64_t until = std::min(records, taken + application.max_poll_records - application.unpacked);
      const CompressionSpec& compression = cluster_->world.producers[cluster_->batches[batch].entry].compression;
      if (compression.codec != CompressionSpec::Codec::none) {
        const std::int64_t whole = compression.decompress_picoseconds_per_byte * journey.record_bytes / 1000;
        takes += Duration{whole * until / records - whole * taken / records};
      }
      application.unpacked += until - taken;
      taken = 0;
      batch = cluster_->batches[batch].next;
    }
  }
  return takes;
}

/// Hands records to the application one after the other, at most max.poll.records; returns how long they take it.
Duration Consumers::hand_over(Application& application) {
  Duration work{};
  const bool polls_on = !application.unpacks;  // what takes no time is followed by the next poll() at once
  std::int64_t room = polls_on ? application.max_poll_records : application.unpacked;
  application.unpacked = 0;
  while (!application.buffer.empty() && (room > 0 || (polls_on && work == Duration::zero()))) {
    BufferedPartition& part = application.buffer.front();
    const std::uint32_t records = cluster_->batches[part.next_batch].journey.run.count;
    const std::int64_t taken = std::min<std::int64_t>(room, records - part.records_taken);
    for (std::int64_t i = 0; i < taken; ++i) {
      application.handed.push_back(cluster_->simulation.now() + work);
      work += application.processing.sample(application.random);
    }
    room -= taken;
    part.records_taken += static_cast<std::uint32_t>(taken);
    if (part.records_taken < records) {
      if (work > Duration::zero() || !polls_on) break;
      room = application.max_poll_records;
      continue;
    }
    Reader& reader = readers_[part.reader];
    part.next_batch = deliver_batch(reader, part.next_batch, sessions_[part.session].answered, part.received,
                                    application.handed.back(), application.handed);
    application.handed.clear();
    part.records_taken = 0;
    if (--part.batches > 0) continue;
    const auto of_session = [&](const WaitingSession& waiting) { return waiting.session == part.session; };
    --std::find_if(application.waiting.begin(), application.waiting.end(), of_session)->buffered;
    application.buffer.pop_front();
  }
  return work;
}

/// Nothing changes any more when records were handed over that a poll() had returned.
void Consumers::account_returned(Application& application) {
  for (ReturnedBatch& returned : application.returned) {
    returned.batch.settle_times();
    account_delivery(readers_[returned.reader], returned.batch, returned.delivery, returned.handed);
  }
  application.returned.clear();
}

void Consumers::end_polls() {
  for (Application& application : applications_) account_returned(application);
}

/// Sessions that partitions have moved to ask at the next poll, if no fetch of theirs is out.
void Consumers::take_up_joined(Application& application) {
  for (const std::uint32_t joined : joined_sessions_) {
    if (!sessions_[joined].open) {
      sessions_[joined].open = true;
      application.waiting.push_back({joined, 0});
    } else if (needs_.lease > Duration::zero()) {  // as in ask_for_joined()
      sessions_[joined].must_answer = true;
      wake(joined, true);
    }
    expect_expiry(joined);
  }
  joined_sessions_.clear();
}

}  // namespace brokersim
