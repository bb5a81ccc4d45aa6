#include "office.h"

#include <sqlite3.h>

#include <array>

namespace external::test {

namespace {

constexpr std::uint64_t transfer_size = 130'000;  ///< of mail that comes over a line, without its first lines

mailqueue::Envelope envelope_of(const std::string& key, const Mail& mail) {
  mailqueue::Envelope envelope;
  envelope.key = key;
  envelope.sender = sender;
  envelope.accepted = noon;
  envelope.priority = static_cast<mailqueue::Priority>(mail.seed % 3);
  for (const auto& [address, stage] : mail.recipients)
    envelope.recipients.push_back({address, address.substr(0, address.rfind('/'))});
  return envelope;
}

}  // namespace

Office::Office(std::filesystem::path folder, Ledger& ledger, std::mt19937& random, bool told_early)
    : folder_(std::move(folder)), ledger_(ledger), random_(random), told_early_(told_early) {
  ledger_.transfer_size = transfer_size;
  reopen();
}

void Office::reopen() {
  doing_ = "opening the queue";
  delivery_.reset();
  queue_.reset();
  queue_.emplace(folder_ / "queue.db", mailqueue::Options{.memory = 40'000, .large = 60'000});
  queue_->recover(noon);
  delivery_.emplace(*queue_, folder_ / "mail", home_book);
}

void Office::work() {
  switch (random_() % 16) {
    case 0:
    case 1:
    case 2:
      return accept();
    case 3:
      return accept_batch();
    case 4:
    case 5:
    case 6:
      return receive();
    case 7:
    case 8:
    case 9:
      return deliver();
    case 10:
    case 11:
      return transfer();
    case 12:
      return return_one();
    case 13:
      return make_mailbox();
    case 14:
      return random_() % 2 ? reopen() : copy_log_back();
    default:
      doing_ = "pruning";
      queue_->prune(noon);
      delivery_->sweep(noon);
  }
}

std::string Office::new_mail(int batch) {
  constexpr std::array<std::uint64_t, 6> sizes{0, 500, 4'000, 20'000, 70'000, 140'000};
  Mail mail;
  mail.seed = static_cast<unsigned>(random_() % 1'000'000);
  const auto most = sizes[random_() % sizes.size()];
  mail.size = most == 0 ? 0 : most / 2 + random_() % (most / 2);
  mail.batch = batch;
  for (const auto& box : ledger_.mailboxes) {
    if (random_() % 3 == 0) mail.recipients[home_prefix + box] = Stage::open;
  }
  if (random_() % 2) mail.recipients[far_away + "/CARL"] = Stage::open;
  if (mail.size > 0 && random_() % 4 == 0) {
    mail.recipients[nobody] = Stage::open;
    mail.returning = nobody;
  }
  if (mail.recipients.empty()) mail.recipients[far_away + "/DORA"] = Stage::open;
  mail.accepted = told_early_;
  const auto key = "m" + std::to_string(random_()) + "@NORTH/CLINIC";
  ledger_.mails[key] = mail;
  return key;
}

void Office::accept() {
  doing_ = "accepting";
  const auto key = new_mail(static_cast<int>(random_()));
  Mail& mail = ledger_.mails.at(key);
  queue_->accept(envelope_of(key, mail), content_of(key, mail), noon);
  mail.accepted = true;
}

void Office::accept_batch() {
  doing_ = "accepting a batch";
  std::vector<std::string> keys;
  const auto batch = static_cast<int>(random_());
  for (auto count = 2 + random_() % 5; count > 0; --count) keys.push_back(new_mail(batch));
  queue_->batch([&] {
    for (const auto& key : keys) {
      const Mail& mail = ledger_.mails.at(key);
      queue_->accept(envelope_of(key, mail), content_of(key, mail), noon);
    }
  });
  for (const auto& key : keys) ledger_.mails.at(key).accepted = true;
}

void Office::receive() {
  doing_ = "receiving";
  const bool goes_on = !ledger_.received.empty() && random_() % 4 != 0;
  const auto key =
      goes_on ? ledger_.received.begin()->first : "t" + std::to_string(random_()) + "@" + far_away;
  Mail mail;
  mail.size = transfer_size;
  const auto content = content_of(key, mail);
  auto writer = queue_->partial(key, content.size(), noon);
  for (auto pieces = 1 + random_() % 3; pieces > 0; --pieces) {
    writer.append(std::string_view(content).substr(writer.offset(), random_() % 60'000));
    if (told_early_) ledger_.received[key] = writer.offset();
    writer.flush(noon);
    ledger_.received[key] = writer.offset();
  }
  if (writer.offset() < content.size()) return;
  mail.recipients[ledger_.mailboxes.empty() ? far_away + "/DORA" : home_prefix + *ledger_.mailboxes.begin()] =
      Stage::open;
  mail.batch = static_cast<int>(random_());
  ledger_.mails[key] = mail;
  writer.commit(envelope_of(key, mail), noon);
  ledger_.mails[key].accepted = true;
  ledger_.received.erase(key);
}

void Office::deliver() {
  doing_ = "delivering";
  for (auto& [key, mail] : ledger_.mails) {
    for (auto& [address, stage] : mail.recipients) {
      if (address.starts_with(home_prefix) && stage == Stage::open) stage = Stage::in_doubt;
    }
  }
  const auto events = delivery_->deliver_due(noon, 1 + random_() % 30);
  for (const auto& event : events) {
    const auto mail = ledger_.mails.find(event.key);
    if (mail != ledger_.mails.end() && event.kind != postoffice::DeliveryEvent::Kind::postponed)
      mail->second.recipients.at(event.recipient) = Stage::done;
  }
  for (auto& [key, mail] : ledger_.mails) {
    for (auto& [address, stage] : mail.recipients) {
      if (stage == Stage::in_doubt) stage = Stage::open;
    }
  }
}

void Office::transfer() {
  doing_ = "sending";
  for (auto& work : queue_->pick({far_away}, noon, 1 + random_() % 3)) {
    queue_->start_transfer(work);
    const auto choice = random_() % 8;
    if (choice == 0) {
      queue_->fail(work.ids(), "NO CARRIER", noon, true, noon);
    } else if (choice == 1) {
      queue_->put_back(work);
    } else if (choice > 2) {
      auto& recipients = ledger_.mails.at(work.envelope.key).recipients;
      for (const auto& recipient : work.envelope.recipients)
        recipients.at(recipient.address) = told_early_ ? Stage::done : Stage::in_doubt;
      queue_->acknowledge(work.ids(), far_away, noon);
      for (const auto& recipient : work.envelope.recipients) recipients.at(recipient.address) = Stage::done;
    }
  }
}

void Office::return_one() {
  doing_ = "returning";
  for (const auto& work : queue_->pick({far_away}, noon, 5)) {
    Mail& mail = ledger_.mails.at(work.envelope.key);
    if (mail.size == 0 || !mail.returning.empty() || work.envelope.recipients.size() != 1) continue;
    mail.returning = work.envelope.recipients[0].address;
    Stage& stage = mail.recipients.at(mail.returning);
    stage = Stage::in_doubt;
    postoffice::return_mail(*queue_, home_book, work,
                            {postoffice::Report::retry_count_exceeded, {}, far_away, {}, {}}, noon);
    stage = Stage::done;
    return;
  }
}

void Office::make_mailbox() {
  if (ledger_.mailboxes.size() >= 6) return;
  doing_ = "making a mailbox";
  const auto name = "BOX" + std::to_string(random_() % 12);
  postoffice::Mailboxes(folder_ / "mail").add(name);
  ledger_.mailboxes.insert(name);
}

void Office::copy_log_back() {
  doing_ = "copying the log back";
  sqlite3* other = nullptr;
  sqlite3_open((folder_ / "queue.db").c_str(), &other);
  sqlite3_exec(other, random_() % 2 ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(RESTART)",
               nullptr, nullptr, nullptr);
  sqlite3_close(other);
}

void Office::finish() {
  doing_ = "finishing";
  while (!delivery_->deliver_due(noon, 1000).empty()) {
  }
  for (auto& work : queue_->pick({far_away}, mailqueue::Time::max(), 1'000'000)) {
    queue_->start_transfer(work);
    queue_->acknowledge(work.ids(), far_away, noon);
  }
  for (auto& [key, mail] : ledger_.mails) {
    for (auto& [address, stage] : mail.recipients) stage = Stage::done;
  }
}

}  // namespace external::test
