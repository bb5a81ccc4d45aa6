#pragma once
// The queue and the mailboxes of the home post office, for coroutines: everything that blocks runs on a
// worker thread.

#include "sick_mail.h"

#include <external/base/async.h>
#include <external/base/clock.h>
#include <external/config/settings.h>
#include <external/engine/report.h>
#include <external/postoffice/delivery.h>
#include <external/postoffice/disk_guard.h>
#include <external/postoffice/route.h>
#include <mailqueue/queue.h>

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
};

/// What a look through the queue found and did.
struct Survey {
  std::vector<HopWork> hops;
  std::vector<QueueReport> queue;
  std::vector<postoffice::DeliveryEvent> events;  ///< deliveries and returns
  std::string trouble;               ///< of a message that could not be returned; the others were
  std::vector<std::string> notes;    ///< other lines for the log
  std::set<std::string> held_lines;  ///< that are not to dial for mail
  DiskReport disk;
};

/// All coroutines run on the engine's thread; destroying it waits for the worker.
class MailStore {
 public:
  /// Opens the queue and takes back what was in transfer when an earlier run died. Blocks. Throws
  /// mailqueue::Error.
  MailStore(Clock& clock, const config::Settings& settings, Worker::Place place = Worker::Place::own_thread,
            postoffice::AskFreeSpace free_space = postoffice::free_space);
  ~MailStore();

  /// Delivers what is for us, returns what cannot go anywhere, is too old or was tried too often, and tells
  /// what waits.
  Task<Survey> survey();

  /// No call came about, or it broke: mail due for `hop` waits until `next_attempt`. `counts`: it was a try.
  Task<> call_failed(std::string hop, std::string why, WallTime next_attempt, bool counts);

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
  postoffice::DiskGuard& disk() { return disk_; }
  SickMail& sick() { return sick_; }

  const postoffice::AddressBook& book() const { return book_; }
  const postoffice::RoutingTable& routes() const { return routes_; }
  const config::Settings& settings() const { return settings_; }
  Clock& clock() const { return clock_; }

 private:
  /// Forgets what is old, once a day.
  void tidy_up();
  void deliver(Survey& survey);
  void return_hopeless(Survey& survey);
  void give_back(Survey& survey, const mailqueue::Work& work, postoffice::Failure failure);
  void look(Survey& survey) const;
  void look_at_disk(Survey& survey);

  Clock& clock_;
  const config::Settings& settings_;
  postoffice::AddressBook book_;
  postoffice::RoutingTable routes_;
  std::unique_ptr<mailqueue::Queue> queue_;
  std::unique_ptr<postoffice::LocalDelivery> delivery_;
  SickMail sick_;
  postoffice::DiskGuard disk_;
  bool told_disk_full_ = false;
  WallTime tidied_up_{};
  Worker worker_;  // last: it is joined before what its jobs use goes
};

}  // namespace external::engine
