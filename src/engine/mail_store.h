#pragma once
// The queue and the mailboxes of the home post office, for coroutines: everything that blocks runs on a
// worker thread.

#include "dial_record.h"
#include "sick_mail.h"

#include <external/base/async.h>
#include <external/base/clock.h>
#include <external/config/settings.h>
#include <external/engine/directory.h>
#include <external/engine/report.h>
#include <external/postoffice/delivery.h>
#include <external/postoffice/disk_guard.h>
#include <external/postoffice/route.h>
#include <mailqueue/queue.h>

#include <memory>
#include <mutex>
#include <set>

namespace external::engine {

/// Mail whose next post office is `hop`.
struct HopWork {
  std::string hop;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  WallTime next_attempt{};  ///< due once it has come
  bool urgent = false;      ///< there is urgent mail among it
  WallTime oldest{};        ///< acceptance of the message that came first
  bool from_here = true;    ///< some of it was submitted here; only looked for if SendHomeOnly needs it
};

/// What a look through the queue found and did.
struct Survey {
  std::vector<HopWork> hops;
  std::vector<QueueReport> queue;
  std::vector<CallRecord> calls;                  ///< that failed
  std::vector<postoffice::DeliveryEvent> events;  ///< deliveries and returns
  std::vector<mailqueue::LineTime> line_time;     ///< of the last days; only if there are budgets
  std::vector<TrafficReport> traffic;
  std::vector<std::string> notes;    ///< other lines for the log
  std::set<std::string> held_lines;  ///< that are not to dial for mail
  std::set<std::string> ways_due;    ///< destinations of ways out by which mail is due
  bool more = false;                 ///< not all that is due was looked at
  DiskReport disk;
  std::string trouble;  ///< of a message that could not be returned, or its sender warned; the others were
};

/// All coroutines run on the engine's thread; destroying it waits for the worker.
class MailStore {
 public:
  /// Opens the queue and takes back what was in transfer when an earlier run died. Blocks. Throws
  /// mailqueue::Error, and config::ConfigError if the settings contradict themselves, see Directory.
  MailStore(Clock& clock, std::shared_ptr<const config::Settings> settings,
            Worker::Place place = Worker::Place::own_thread,
            postoffice::AskFreeSpace free_space = postoffice::free_space);
  ~MailStore();

  /// Other settings hold from now on: for mail that waits, too. Those of `directory` have the same queue.
  /// Throws config::ConfigError if they do not fit the mailboxes that there are, and those before stay.
  Task<> use(std::shared_ptr<const Directory> directory);

  /// Delivers what is for us, returns what cannot go anywhere, is too old or was tried too often, tells the
  /// senders of what waits long, and tells what waits.
  Task<Survey> survey();

  /// No call came about, or it broke: mail that was due for that post office waits for the end of the pause.
  /// Returns what is remembered of its calls now.
  Task<CallRecord> call_failed(FailedCall failed);

  /// A call to `hop` or from it works: whatever failed before is forgotten, and its mail is due.
  Task<> call_works(std::string hop);

  /// The same for who does not wait for it.
  void post_call_works(std::string hop);

  // For the mailroom of a session:

  /// Runs `job(queue)` on the worker.
  template <class Job>
  Task<std::invoke_result_t<std::decay_t<Job>&, mailqueue::Queue&>> with_queue(Job&& job) {
    return worker_.run([this, job = std::forward<Job>(job)]() mutable { return job(*queue_); });
  }

  /// The same without anyone waiting; what it throws is dropped.
  template <class Job>
  void post(Job job) {
    worker_.post([this, job = std::move(job)]() mutable {
      try {
        job(*queue_);
      } catch (const std::exception&) {
        // The queue keeps its state, and its next start takes back what is left in transfer.
      }
    });
  }

  /// Destinations in the queue whose next post office is `hop`. On the worker, from within a job.
  std::vector<std::string> destinations_via(mailqueue::Queue& queue, const std::string& hop) const;

  // On the worker, from within a job:

  /// For the disk with the queue and the mailboxes.
  postoffice::DiskGuard& disk() { return *disk_; }
  SickMail& sick() { return sick_; }

  /// On the worker, from within a job: deliveries and returns made there, for the log with the next survey.
  void tell(std::vector<postoffice::DeliveryEvent> events);

  /// Those that hold now, on any thread; good for as long as they are kept.
  std::shared_ptr<const Directory> directory() const;
  std::shared_ptr<const config::Settings> settings() const { return directory()->settings(); }
  Clock& clock() const { return clock_; }

 private:
  /// Forgets what is old, once a day.
  void tidy_up();
  void deliver(Survey& survey);
  void return_hopeless(Survey& survey);
  void take_back_from_former_ways();
  const WayOut* way_out_for(const std::string& destination) const;
  void warn(Survey& survey);
  void return_overdue(Survey& survey);
  void return_unroutable(Survey& survey, const std::string& destination);
  void return_worn_out(Survey& survey, const std::string& hop, const std::vector<std::string>& destinations);
  void return_oversized(Survey& survey, const mailqueue::Waiting& waiting);
  void give_back(Survey& survey, const mailqueue::Work& work, postoffice::Failure failure);
  void look(Survey& survey) const;
  bool is_from_here(const std::string& destination) const;
  bool has_budgets() const;
  void forget_calls_to_strangers(WallTime now);
  void make_dialable(mailqueue::Queue& queue, const std::string& hop) const;
  void look_at_disk(Survey& survey);

  // On the worker:
  void put_in_place(std::shared_ptr<const Directory> directory);
  const config::Settings& now_set() const { return *directory_->settings(); }
  const postoffice::AddressBook& book() const { return directory_->book(); }
  const postoffice::RoutingTable& routes() const { return directory_->routes(); }

  Clock& clock_;
  const postoffice::AskFreeSpace free_space_;
  mutable std::mutex changing_;                 ///< of directory_, which only the worker changes
  std::shared_ptr<const Directory> directory_;  ///< with the settings
  std::unique_ptr<mailqueue::Queue> queue_;
  std::unique_ptr<postoffice::LocalDelivery> delivery_;
  SickMail sick_;
  std::optional<postoffice::DiskGuard> disk_;
  bool told_disk_full_ = false;
  WallTime tidied_up_{};
  std::vector<postoffice::DeliveryEvent> told_;
  std::vector<mailqueue::Traffic> traffic_before_;  ///< this run
  mailqueue::MessageId sizes_known_ = 0;            ///< up to this one no message is too large
  Worker worker_;                                   // last: it is joined before what its jobs use goes
};

}  // namespace external::engine
