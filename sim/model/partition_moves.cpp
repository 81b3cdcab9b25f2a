// SPDX-License-Identifier: Apache-2.0
// Partitions that a rebalance takes from one member of a group and gives to another (G-13, G-21).
#include "sim/model/cluster.hpp"

namespace brokersim {

std::uint32_t Consumers::reader_of(std::uint32_t partition, GroupIndex group) const {
  std::uint32_t reader = cluster_->logs[partition].first_reader;
  while (readers_[reader].group != group) ++reader;
  return reader;
}

bool Consumers::processing(std::uint32_t member) const {
  const std::uint32_t application = members_[member].application;
  return application != nil && applications_[application].busy;
}

bool Consumers::busy(std::uint32_t member) const {
  const std::uint32_t application = members_[member].application;
  return application != nil && (applications_[application].busy || applications_[application].stalled);
}

std::int64_t Consumers::position_of(std::uint32_t index) const {
  const Reader& reader = readers_[index];
  std::uint32_t next = reader.carried > 0 ? reader.first_carried : reader.unread;
  if (reader.member != nil) {
    const std::uint32_t application = members_[reader.member].application;
    if (application != nil) {
      for (const BufferedPartition& part : applications_[application].buffer) {
        if (part.reader == index) next = part.next_batch;
      }
    }
  }
  return next != nil ? cluster_->batches[next].base_offset : cluster_->logs[reader.partition].high_watermark_offset;
}

/// What an answer carries of the partition will not come: it is fetched anew.
void Consumers::take_back(std::uint32_t index) {
  Reader& reader = readers_[index];
  if (reader.carried == 0) return;
  if (failing_) forget_cut(index, reader.first_carried, reader.carried);
  reader.unread = reader.first_carried;
  reader.position = cluster_->batches[reader.first_carried].sequence;
  reader.carried = 0;
}

/// The answer under way is no longer about the partition.
void Consumers::drop_carried(std::uint32_t index) {
  std::uint32_t* link = &sessions_[readers_[index].session].first_carried;
  while (*link != nil && *link != index) link = &readers_[*link].next_carried;
  if (*link == nil) return;
  take_back(index);
  *link = readers_[index].next_carried;
}

/// What an answer under way or the client's buffer has of the partition is forgotten, up to a batch of which the
/// application has had a part: whoever reads the partition next fetches from there.
void Consumers::drop_fetched(std::uint32_t index) {
  Reader& reader = readers_[index];
  drop_carried(index);
  if (members_[reader.member].application == nil) return;
  Application& application = applications_[members_[reader.member].application];
  for (std::size_t at = 0; at < application.buffer.size(); ++at) {
    const BufferedPartition& part = application.buffer[at];
    if (part.reader != index) continue;
    if (failing_) forget_cut(index, part.next_batch, part.batches);
    reader.unread = part.next_batch;
    reader.position = cluster_->batches[part.next_batch].sequence;
    if (part.records_taken > 0) application.handed.clear();
    for (WaitingSession& waiting : application.waiting) {
      if (waiting.session == part.session) --waiting.buffered;
    }
    application.buffer.erase(application.buffer.begin() + static_cast<std::ptrdiff_t>(at));
    break;
  }
}

/// The partition is no longer part of its member's fetch session, whether a fetch has named it yet or not.
void Consumers::leave_broker(std::uint32_t index) {
  Reader& reader = readers_[index];
  const std::uint32_t s = reader.session;
  ConsumerSession& session = sessions_[s];
  if (reader.listed) {
    const Bytes readable = session.readable;
    unlist(index);
    if (reader.redirected) session.readable = readable;  // it was not counted there
  }
  for (std::uint32_t* list : {&session.first_joining, &session.first_joined, &session.first_reader}) {
    while (*list != nil && *list != index) list = &moves_[*list].next_of_session;
    if (*list == index) *list = moves_[index].next_of_session;
  }
  if (needs_.feedback) selector_->on_read_ended(reader.member, cluster_->world.brokers[session.broker.value].id);
  reader.at_broker = false;
  reader.redirected = false;
  if (session.first_joining != nil || session.first_joined != nil || session.first_reader != nil) return;
  session.once = true;  // nothing is left to ask for: the fetch that is out is the last
  wake(s, false);
}

void Consumers::take_away(std::uint32_t index) {
  if (cluster_->checks && readers_[index].carried > 0) cluster_->checks->note(RareState::taken_away_with_records);
  if (failing_) {
    forget(index);
  } else {
    leave_broker(index);
  }
  if (readers_[index].replica != nil) read_from(index, nil);
  drop_fetched(index);
  readers_[index].carried = 0;
  readers_[index].member = nil;
  moves_[index] = {};
}

void Consumers::hand_to(std::uint32_t index, std::uint32_t member) {
  Reader& reader = readers_[index];
  reader.member = member;
  if (failing_) adopt(index);
  join(index, cluster_->logs[reader.partition].leader);
}

void Consumers::start_reading(std::uint32_t member) {
  const std::uint32_t application = members_[member].application;
  if (application == nil) {
    ask_for_joined();
    return;
  }
  take_up_joined(applications_[application]);
  poll(application);
}

}  // namespace brokersim
