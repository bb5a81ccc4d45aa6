// What the sender is told: each notice together with the note that it was sent.

#include "content_input.h"
#include "finish.h"
#include "history.h"

#include <mailqueue/queue.h>

namespace mailqueue {

namespace {

void require_notice(const Envelope& envelope, const Database& of_writer, const Database& here) {
  if (!envelope.sender.empty()) {
    throw Error(ErrorKind::misuse,
                "a notice with a sender could be answered by a notice; leave the sender empty");
  }
  if (&of_writer != &here) {
    throw Error(ErrorKind::misuse, "a notice must be written into the queue that it is about");
  }
}

/// Whether the step was not noted yet, and is now.
bool note_step(Database& database, MessageId message, int step) {
  return database.run(
             "UPDATE message SET warned = ?2 WHERE id = ?1 AND warned < ?2 AND EXISTS (SELECT 1 FROM "
             "recipient "
             "WHERE id BETWEEN ?3 AND ?4 AND state = 0)",
             message, step, first_recipient(message), last_recipient(message)) == 1;
}

bool has_sender(Database& database, MessageId message) {
  return database.number("SELECT EXISTS (SELECT 1 FROM message WHERE id = ? AND sender <> '')", message) != 0;
}

}  // namespace

std::size_t Queue::give_back(std::span<const RecipientId> recipients, std::string_view reason,
                             const Envelope& envelope, Writer& notice, Time now) {
  require_notice(envelope, notice.input().database(), *database_);
  Transaction transaction(*database_);
  const std::optional<std::string> sender = common_sender(*database_, recipients);
  const std::size_t returned =
      finish(*database_, recipients, State::returned, "returned, " + std::string(reason), now)
          .recipients.size();
  const bool wanted = returned > 0 && !sender.value_or("").empty();
  if (wanted) {
    notice.input().settle(envelope, now);
  } else {
    notice.input().drop();
  }
  transaction.commit();
  return returned;
}

std::size_t Queue::give_back(std::span<const RecipientId> recipients, std::string_view reason,
                             const Envelope& envelope, std::string_view notice, Time now) {
  Writer writer = begin(now);
  writer.append(notice);
  return give_back(recipients, reason, envelope, writer, now);
}

std::size_t Queue::give_up(std::span<const RecipientId> recipients, std::string_view reason, Time now) {
  Transaction transaction(*database_);
  const std::size_t given_up = finish(*database_, recipients, State::returned,
                                      "given up without a notice, " + std::string(reason), now)
                                   .recipients.size();
  transaction.commit();
  return given_up;
}

bool Queue::warn(MessageId message, int step, std::string_view text, const Envelope& envelope, Writer& notice,
                 Time now) {
  require_notice(envelope, notice.input().database(), *database_);
  Transaction transaction(*database_);
  const bool wanted = has_sender(*database_, message) && note_step(*database_, message, step);
  if (wanted) {
    note(*database_, message, now, text);
    notice.input().settle(envelope, now);
  } else {
    notice.input().drop();
  }
  transaction.commit();
  return wanted;
}

bool Queue::warn(MessageId message, int step, std::string_view text, const Envelope& envelope,
                 std::string_view notice, Time now) {
  Writer writer = begin(now);
  writer.append(notice);
  return warn(message, step, text, envelope, writer, now);
}

bool Queue::pass_over(MessageId message, int step) {
  Transaction transaction(*database_);
  const bool passed_over = note_step(*database_, message, step);
  transaction.commit();
  return passed_over;
}

}  // namespace mailqueue
