#pragma once
// The durable mail queue. docs/queue.md explains it on one page.

#include <mailqueue/batch.h>
#include <mailqueue/call_record.h>
#include <mailqueue/envelope.h>
#include <mailqueue/error.h>
#include <mailqueue/view.h>
#include <mailqueue/writer.h>

#include <filesystem>
#include <type_traits>

namespace mailqueue {

class Database;

struct Options {
  std::chrono::milliseconds busy_timeout{10'000};  ///< how long to wait for another program's transaction
  std::size_t memory = 1 << 20;                    ///< bytes a Writer of begin() holds before it uses a file
  std::size_t row = 64 << 10;                ///< content of up to so many bytes lies in its message's row
  std::size_t large = 1 << 20;               ///< partial content of this size or more gets a file of its own
  std::chrono::hours keep_seen{24 * 40};     ///< how long duplicates are recognised; at least 30 days
  std::chrono::hours keep_history{24 * 40};  ///< how long what happened to a message is known
  std::uint32_t max_pages = 0;               ///< limit of the database in pages of 4 KB; 0: the disk's
};

/// A message that is due, with those of its recipients that were asked for.
struct Work {
  struct Target {
    RecipientId id = 0;
    int attempts = 0;
    std::string error = {};  ///< of the last failure; empty if there was none
  };

  MessageId message = 0;
  Envelope envelope;            ///< with only the recipients of this work
  std::vector<Target> targets;  ///< of envelope.recipients, in the same order
  std::uint64_t size = 0;       ///< bytes of content
  Digest digest{};              ///< of the content
  Time received{};              ///< accepted by this queue

  /// An earlier transfer to one of these recipients was begun and not acknowledged: the other end may have
  /// part of it, or all. Outlives kill -9.
  bool tried = false;

  std::vector<RecipientId> ids() const;
};

/// How often a recipient was tried by now.
struct Tried {
  RecipientId recipient = 0;
  int attempts = 0;
};

/// A queue in one database file.
///
/// Every call that changes something is one transaction: on return it survives kill -9 and power loss; if it
/// throws (Error, always) nothing has changed. Any number of processes and Queue objects may have the same
/// file open at once; one object is used by one thread at a time. Calls block on the disk.
///
/// Several calls can be made one transaction, see Batch.
///
/// Recipients that are no longer in a state that allows a change are skipped without complaint, because
/// another program may have been faster; results say what was really done.
class Queue {
 public:
  /// Opens the queue, creates it if there is none. The folder must exist.
  explicit Queue(const std::filesystem::path& file, Options options = {});
  Queue(Queue&&) noexcept;
  Queue& operator=(Queue&&) noexcept;
  ~Queue();

  /// Runs `job()` as a Batch of its own and returns what it returns; if it throws, nothing has changed.
  template <class Job>
  std::invoke_result_t<Job&> batch(Job&& job) {
    Batch batch(*this);
    if constexpr (std::is_void_v<std::invoke_result_t<Job&>>) {
      job();
      batch.commit();
    } else {
      std::invoke_result_t<Job&> result = job();
      batch.commit();
      return result;
    }
  }

  // --- accept ---

  Writer begin(Time now);
  Accepted accept(const Envelope& envelope, std::string_view content, Time now);

  /// Of `addresses`, those that have the message `key` already. Look at the hop trace first: a message that
  /// comes round in a circle is known as well.
  std::vector<std::string> seen(std::string_view key, const std::vector<std::string>& addresses) const;

  /// Content of `size` bytes that arrives in several attempts: continues where the last one of this
  /// `transfer_key` ended, or starts. What was kept for another size is dropped.
  Writer partial(std::string_view transfer_key, std::uint64_t size, Time now);

  /// Counts a message that was accepted from `post_office`, for traffic(). In the batch that accepted it, it
  /// is counted exactly once.
  void count_received(std::string_view post_office, std::uint64_t bytes, Time now);

  /// Drops partial content not touched since `before`, that of writers still at work too; returns how many.
  std::size_t expire_partials(Time before);

  // --- work ---

  // pick(), overdue() and worn_out() throw DamagedMessage when they meet one that cannot be read; see
  // past_damage().

  /// At most `limit` messages with recipients for `destinations` that are queued and due; urgent first, then
  /// in the order in which they were accepted here. Where due mail stands behind thousands that are not due,
  /// it comes in the order in which it fell due, so that the cost does not depend on how much waits.
  std::vector<Work> pick(const std::vector<std::string>& destinations, Time now, std::size_t limit) const;

  /// The same of one priority, so that much mail of a higher one does not hide it.
  std::vector<Work> pick(const std::vector<std::string>& destinations, Priority priority, Time now,
                         std::size_t limit) const;

  /// Destinations with mail that is due. The numbers count all mail queued for them. Costs a few look-ups per
  /// destination, however many messages wait.
  std::vector<Waiting> due(Time now) const;
  std::vector<Waiting> waiting() const;

  /// Why mail queued for `destination` did not go when it was tried; empty if it was not. Costs a few
  /// look-ups.
  std::string last_error(std::string_view destination) const;

  /// The earliest next attempt, past or future; nothing if nothing is queued that is not held.
  std::optional<Time> next_due() const;

  /// At most `limit` messages whose useful life is over, with their queued recipients.
  std::vector<Work> overdue(Time now, std::size_t limit) const;

  /// At most `limit` messages with the queued recipients for `destination` tried `tries` times or more.
  std::vector<Work> worn_out(std::string_view destination, int tries, std::size_t limit) const;

  /// At most `limit` messages of this priority with queued recipients that were received at `received` or
  /// before and whose senders were told of `warned` steps of waiting so far; those that came first. No
  /// notices, and none of which a recipient is in transfer. Reads no others, however many wait.
  std::vector<Work> delayed(Priority priority, int warned, Time received, std::size_t limit) const;

  /// At most `limit` messages of more than `bytes`, with their queued recipients for `destination`. Only
  /// messages numbered above `after`, and no notices.
  std::vector<Work> larger_than(std::string_view destination, std::uint64_t bytes, MessageId after,
                                std::size_t limit) const;

  /// The number given last; 0 if none was. Messages to come have greater ones.
  MessageId last_message() const;

  /// What is queued for these destinations. One look-up each.
  Backlog backlog(const std::vector<std::string>& destinations) const;

  /// Queued recipients become in transfer; the others leave `work`. False if none is left.
  bool start_transfer(Work& work);

  /// Nothing of this work was sent: it is queued again as it was before start_transfer (which also told
  /// Work::tried). What is held stays held.
  void put_back(const Work& work);

  /// Of `recipients`, those that are still to be transferred: neither held nor removed meanwhile, and the
  /// useful life of their message is not over. Cheap: nothing is written, and only their rows are read.
  std::vector<RecipientId> wanted(std::span<const RecipientId> recipients, Time now) const;

  /// The next post office has it durably. Counted for traffic() in the same transaction. Returns those that
  /// were open until now.
  std::vector<RecipientId> acknowledge(std::span<const RecipientId> recipients,
                                       std::string_view next_post_office, Time now);

  /// It is in the mailbox durably. Returns those that were open until now: of them, in the same Batch, a
  /// receipt may be accepted, which is then sent once.
  std::vector<RecipientId> delivered(std::span<const RecipientId> recipients, Time now);

  /// They stood for others, which the message has as recipients of their own: closed, and remembered as
  /// seen.
  void expanded(std::span<const RecipientId> recipients, Time now);

  /// Back to the queue until `next_attempt`, because of `error` (one line). `counts` says whether it was a
  /// try. What is held stays held, and is not told about.
  std::vector<Tried> fail(std::span<const RecipientId> recipients, std::string_view error, Time next_attempt,
                          bool counts, Time now);

  /// The same for all that is queued and due for `destinations`, when not even a call came about. Returns the
  /// number of recipients.
  std::size_t fail_due(const std::vector<std::string>& destinations, std::string_view error,
                       Time next_attempt, bool counts, Time now);

  /// Recipients that are queued, held or quarantined wait for another destination from now on, in the same
  /// state and until the same time. Returns their number.
  std::size_t redirect(std::span<const RecipientId> recipients, std::string_view destination);

  /// All that is queued for `destinations` is due now; returns the number of recipients that were not yet.
  std::size_t retry_all(const std::vector<std::string>& destinations, Time now);

  // --- calls that failed, one record a post office ---

  /// Takes the place of what was kept for that post office (misuse if it has no name).
  void keep_call(const CallRecord& record);
  std::optional<CallRecord> call_record(std::string_view post_office) const;
  std::vector<CallRecord> call_records() const;  ///< by name

  /// False if there was none.
  bool forget_call(std::string_view post_office);

  /// Recipients of one message are returned for `reason`, and the notice is accepted, or neither. Returns the
  /// number of recipients; if it is 0 or the message is a notice itself, no notice is made and `notice` is
  /// discarded. The notice's envelope has no sender.
  std::size_t give_back(std::span<const RecipientId> recipients, std::string_view reason,
                        const Envelope& envelope, Writer& notice, Time now);
  std::size_t give_back(std::span<const RecipientId> recipients, std::string_view reason,
                        const Envelope& envelope, std::string_view notice, Time now);

  /// The same without a notice: the message is one itself, or its sender wants none.
  std::size_t give_up(std::span<const RecipientId> recipients, std::string_view reason, Time now);

  /// The sender of `message` is told of the `step`th step of waiting, counted from 1, by this notice, whose
  /// envelope has no sender; or neither. False, and the notice is discarded, if it was told of that step or a
  /// later one, or the message is gone, is a notice itself or has no queued recipients. `text`: what to note
  /// in the history, one line.
  bool warn(MessageId message, int step, std::string_view text, const Envelope& envelope, Writer& notice,
            Time now);
  bool warn(MessageId message, int step, std::string_view text, const Envelope& envelope,
            std::string_view notice, Time now);

  /// The same without a notice, because nobody wants one.
  bool pass_over(MessageId message, int step);

  /// What was in transfer when its program died is queued again; returns the number of recipients. Only for
  /// the one program that makes transfers, at its start.
  std::size_t recover(Time now);

  /// Whether a message without hops - accepted here first - is queued for `destination`. Reads the messages
  /// in transit that come before it.
  bool has_mail_from_here(std::string_view destination) const;

  // --- time on the line, for budgets; forgotten after Options::keep_history ---

  void add_line_time(std::string_view destination, Day day, std::chrono::milliseconds more);
  std::vector<LineTime> line_time(Day first) const;  ///< from that day on

  // --- content ---

  /// At most `size` bytes from `offset` on; fewer only at the end. Error gone if there is no such message,
  /// DamagedMessage if its content is not there or is too short. That bytes have changed only verify() finds.
  std::string read(MessageId message, std::uint64_t offset, std::size_t size) const;
  std::uint64_t size(MessageId message) const;

  /// Reads all of the content and throws DamagedMessage if it is not what was accepted. Error gone if there
  /// is no such message.
  void verify(MessageId message) const;

  /// Recipients that are queued or in transfer wait for a person, because of `why` (one line). Works for a
  /// message of which nothing else can be read. Returns their number.
  std::size_t quarantine(MessageId message, std::string_view why, Time now);

  // --- the administrator's hand; numbers of recipients are returned, 0 for an unknown message ---

  // What is in transfer is taken out of it: its line asks wanted() and stops. If the other end has it all the
  // same, acknowledge() closes what is held; of what was removed nothing is left to be done.
  std::size_t hold(MessageId message, Time now);     ///< queued or in transfer -> held
  std::size_t release(MessageId message, Time now);  ///< held -> queued
  std::size_t retry(MessageId message, Time now);    ///< those queued or quarantined are queued and due now
  std::size_t remove(MessageId message, Time now);   ///< all that are open -> deleted, without a notice

  // The same for some recipients, of any messages.
  std::size_t hold(std::span<const RecipientId> recipients, Time now);
  std::size_t release(std::span<const RecipientId> recipients, Time now);
  std::size_t retry(std::span<const RecipientId> recipients, Time now);
  std::size_t remove(std::span<const RecipientId> recipients, Time now);

  // A destination can be held as a whole, also for mail that comes later: until it is released nothing for it
  // is due, wanted, too old or tried too often, and start_transfer() leaves it out. The states of its
  // recipients do not change. That a line is held is only remembered, for those who use lines.

  bool hold(Held kind, std::string_view name, Time now);  ///< false if it was held already
  bool release(Held kind, std::string_view name);         ///< false if it was not held
  std::vector<HeldName> held(Held kind) const;            ///< in the order of names

  /// Per destination, in the order of names.
  std::vector<SetAside> set_aside() const;

  /// A message that is damaged is shown as far as it can be read. A list by state or destination, or of all,
  /// costs as much as the messages that it shows, however many there are; a long one is read page by page.
  std::vector<MessageView> list(const Filter& filter = {}) const;
  std::optional<MessageView> show(MessageId message) const;

  /// Oldest first; still known for Options::keep_history after the message went.
  std::vector<Event> history(MessageId message) const;
  Totals totals() const;  ///< counted up with each change, not when asked

  /// All there ever was, by post office and month.
  std::vector<Traffic> traffic() const;

  // --- upkeep ---

  /// Forgets what is older than Options say and gives free space back to the disk. Once a day is enough.
  void prune(Time now);

  /// Reads everything and throws corrupt if something is wrong. Takes long.
  void check() const;

 private:
  friend class Batch;
  friend class SharedQueue;

  /// accept() of content whose digest is at hand.
  Accepted accept_known(const Envelope& envelope, std::string_view content, const Digest& digest, Time now);

  std::unique_ptr<Database> database_;
  Options options_;
};

/// Returns what `look()` returns. A damaged message that it meets is quarantined, told to
/// `found(const DamagedMessage&)`, and it looks again; so it must be something that can be done twice.
template <class Look, class Found>
auto past_damage(Queue& queue, Time now, Look look, Found found) {
  for (;;) {
    try {
      return look();
    } catch (const DamagedMessage& damage) {
      if (queue.quarantine(damage.message(), damage.what(), now) == 0) throw;
      found(damage);
    }
  }
}

}  // namespace mailqueue
