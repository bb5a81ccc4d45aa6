#include "mail_store.h"

#include <external/base/guard.h>
#include <external/engine/traffic.h>
#include <external/postoffice/warning.h>

#include <algorithm>

namespace external::engine {

namespace {

constexpr std::size_t everything = 1'000'000'000;
constexpr std::size_t batch = 200;  ///< messages handled in one survey, so that none takes long

constexpr auto tidy_up_interval = std::chrono::hours(24);
constexpr auto longest_call_record = std::chrono::hours(24 * 30);
constexpr auto longest_partial = std::chrono::hours(24 * 30);  ///< of content that no call went on with

/// Today may have begun earlier than in UTC, and may still be yesterday there.
mailqueue::Day yesterday(WallTime now) {
  return std::chrono::floor<std::chrono::days>(now).time_since_epoch().count() - 1;
}

postoffice::FindWayOut find_way_out(const std::shared_ptr<const Directory>& directory) {
  if (directory->ways_out().all().empty()) return {};
  return [directory](const std::string& recipient) {
    const auto* way = directory->ways_out().for_recipient(recipient);
    return way ? way->destination : std::string();
  };
}

/// Of a catch-all that is a mailbox here.
std::string catch_all_mailbox(const Directory& directory) {
  const auto& address = directory.catch_all();
  const bool here = address && address->office() == directory.book().home && !address->is_foreign();
  return here && !directory.groups().has(*address) ? address->mailbox : std::string();
}

/// Bytes free below which the disk is full, and from which it is not.
std::pair<std::uint64_t, std::uint64_t> limits_of(const config::Settings& settings) {
  return {settings.min_k_disk_full * 1024, settings.disk_not_full() * 1024};
}

const CallRecord* record_of(const std::vector<CallRecord>& records, const std::string& post_office) {
  const auto found = std::ranges::find(records, post_office, &CallRecord::post_office);
  return found == records.end() ? nullptr : &*found;
}

}  // namespace

MailStore::MailStore(Clock& clock, std::shared_ptr<const config::Settings> settings, Worker::Place place,
                     postoffice::AskFreeSpace free_space)
    : clock_(clock),
      free_space_(std::move(free_space)),
      queue_(std::make_unique<mailqueue::Queue>(settings->queue_file())),
      sick_(*queue_, clock),
      worker_(place) {
  put_in_place(std::make_shared<const Directory>(std::move(settings)));
  if (guarded("K1")) queue_->recover(clock_.wall());
  traffic_before_ = queue_->traffic();
}

MailStore::~MailStore() = default;

std::shared_ptr<const Directory> MailStore::directory() const {
  const std::lock_guard lock(changing_);
  return directory_;
}

Task<> MailStore::use(std::shared_ptr<const Directory> directory) {
  const auto job = [this, &directory] { put_in_place(std::move(directory)); };
  co_await worker_.run(job);
}

void MailStore::put_in_place(std::shared_ptr<const Directory> directory) {
  const auto& settings = *directory->settings();
  directory->check_names(postoffice::Mailboxes(settings.mail_folder()));
  delivery_ =
      std::make_unique<postoffice::LocalDelivery>(*queue_, settings.mail_folder(), directory->book(),
                                                  find_way_out(directory), catch_all_mailbox(*directory));
  // A guard that is replaced forgets whether the disk was full.
  if (!directory_ || limits_of(now_set()) != limits_of(settings)) {
    const auto [full, not_full] = limits_of(settings);
    disk_.emplace(settings.folder, postoffice::DiskLimits{full, not_full}, free_space_);
  }
  sizes_known_ = 0;
  const std::lock_guard lock(changing_);
  directory_ = std::move(directory);
}

Task<Survey> MailStore::survey() {
  co_return co_await worker_.run([this] {
    Survey result;
    look_at_disk(result);
    tidy_up();
    take_back_from_former_ways();
    deliver(result);
    return_hopeless(result);
    warn(result);
    look(result);
    result.traffic = sum_up(queue_->traffic(), traffic_before_, clock_.wall());
    for (auto& line : sick_.take_lines()) result.notes.push_back(std::move(line));
    return result;
  });
}

void MailStore::tidy_up() {
  const auto now = clock_.wall();
  if (now - tidied_up_ < tidy_up_interval) return;
  tidied_up_ = now;
  queue_->prune(now);
  queue_->expire_partials(now - longest_partial);
  delivery_->sweep(now);
  forget_calls_to_strangers(now);
}

/// Of post offices that are no longer in external.ini, or that nobody wanted to call for long.
void MailStore::forget_calls_to_strangers(WallTime now) {
  for (const auto& record : queue_->call_records()) {
    const bool old = now - record.until > longest_call_record;
    const bool known = now_set().find_post_office(record.post_office) ||
                       directory_->ways_out().by_destination(record.post_office);
    if (old || !known) queue_->forget_call(record.post_office);
  }
}

void MailStore::deliver(Survey& survey) {
  auto delivered = delivery_->deliver_due(clock_.wall(), batch);
  survey.more = delivery_->take_diverted();
  survey.events = std::exchange(told_, {});
  survey.events.insert(survey.events.end(), std::make_move_iterator(delivered.begin()),
                       std::make_move_iterator(delivered.end()));
}

/// Mail for the home post office that waits for a way out which the settings no longer have.
void MailStore::take_back_from_former_ways() {
  for (const auto& waiting : queue_->waiting()) {
    if (waiting.destination == book().home || postoffice::office_in(waiting.destination) != book().home)
      continue;
    if (directory_->ways_out().by_destination(waiting.destination)) continue;
    const auto look = [&] { return queue_->pick({waiting.destination}, mailqueue::Time::max(), batch); };
    for (const auto& work : sick_.past(look)) queue_->redirect(work.ids(), book().here());
  }
}

/// How mail for `destination` leaves, if not by calls.
const WayOut* MailStore::way_out_for(const std::string& destination) const {
  const auto& ways = directory_->ways_out();
  if (const auto* way = ways.by_destination(destination)) return way;
  const auto next = routes().next_hop(destination);
  const auto* via = std::get_if<postoffice::Via>(&next);
  return via ? ways.for_post_office(via->post_office) : nullptr;
}

void MailStore::tell(std::vector<postoffice::DeliveryEvent> events) {
  told_.insert(told_.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
}

void MailStore::give_back(Survey& survey, const mailqueue::Work& work, postoffice::Failure failure) {
  try {
    auto events = postoffice::return_mail(*queue_, book(), work, std::move(failure), clock_.wall());
    survey.events.insert(survey.events.end(), std::make_move_iterator(events.begin()),
                         std::make_move_iterator(events.end()));
  } catch (const mailqueue::DamagedMessage& damage) {
    sick_.set_aside(damage);
  } catch (const mailqueue::Error& error) {
    // One sick message must not keep the others from being looked at.
    survey.trouble =
        work.envelope.key + ": Failure queuing diagnostic data back to sender due to: " + error.what();
  }
}

void MailStore::return_hopeless(Survey& survey) {
  return_overdue(survey);
  const auto last = queue_->last_message();
  std::map<std::string, std::vector<std::string>> tried;  // destinations by the post office on the way there
  for (const auto& waiting : queue_->waiting()) {
    const auto next = routes().next_hop(waiting.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    // Only useful life ends the tries of what waits for a way out.
    if (via && !way_out_for(waiting.destination)) tried[via->post_office].push_back(waiting.destination);
    if (std::holds_alternative<postoffice::Unknown>(next)) return_unroutable(survey, waiting.destination);
    return_oversized(survey, waiting);
  }
  for (const auto& [hop, destinations] : tried) return_worn_out(survey, hop, destinations);
  sizes_known_ = last;
}

void MailStore::return_overdue(Survey& survey) {
  const auto now = clock_.wall();
  for (const auto& work : sick_.past([&] { return queue_->overdue(now, batch); })) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::useful_life_exceeded;
    give_back(survey, work, std::move(failure));
  }
}

void MailStore::return_unroutable(Survey& survey, const std::string& destination) {
  const auto look = [&] { return queue_->pick({destination}, mailqueue::Time::max(), batch); };
  for (const auto& work : sick_.past(look)) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::unable_to_deliver;
    failure.post_office = destination;
    failure.detail = "no route to post office " + destination;
    give_back(survey, work, std::move(failure));
  }
}

/// What fails together comes back with one notice, also if its recipients are of different post offices.
void MailStore::return_worn_out(Survey& survey, const std::string& hop,
                                const std::vector<std::string>& destinations) {
  const auto* office = now_set().find_post_office(hop);
  const int tries = static_cast<int>(office ? office->retries : 3);
  std::vector<mailqueue::Work> worn_out;
  for (const auto& destination : destinations) {
    for (auto& work : sick_.past([&] { return queue_->worn_out(destination, tries, batch); }))
      worn_out.push_back(std::move(work));
  }
  for (const auto& work : postoffice::by_message(std::move(worn_out))) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::retry_count_exceeded;
    failure.post_office = hop;
    give_back(survey, work, std::move(failure));
  }
}

/// Mail that was accepted under other limits. What comes in later was looked at when it came.
void MailStore::return_oversized(Survey& survey, const mailqueue::Waiting& waiting) {
  const auto largest = directory_->largest_message(waiting.destination);
  if (!largest || waiting.bytes <= *largest) return;
  const auto look = [&] {
    return queue_->larger_than(waiting.destination, *largest, sizes_known_, everything);
  };
  for (const auto& work : sick_.past(look)) {
    const auto obstacle = directory_->obstacle(waiting.destination, work.size);
    if (!obstacle) continue;
    postoffice::Failure failure;
    failure.report = obstacle->report;
    failure.post_office = obstacle->destination;
    failure.detail = obstacle->text;
    give_back(survey, work, std::move(failure));
  }
}

void MailStore::warn(Survey& survey) {
  const postoffice::WarningSteps steps{now_set().delay_warnings, now_set().delay_warnings_urgent};
  auto warnings =
      sick_.past([&] { return postoffice::warn_of_delays(*queue_, book(), steps, clock_.wall(), batch); });
  survey.events.insert(survey.events.end(), std::make_move_iterator(warnings.events.begin()),
                       std::make_move_iterator(warnings.events.end()));
  if (!warnings.trouble.empty()) survey.trouble = std::move(warnings.trouble);
}

bool MailStore::is_from_here(const std::string& destination) const {
  const auto& lines = now_set().instances;
  const bool matters =
      std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.send_home_only; });
  return !matters || queue_->has_mail_from_here(destination);
}

bool MailStore::has_budgets() const {
  const auto& offices = now_set().post_offices;
  return std::any_of(offices.begin(), offices.end(),
                     [](const auto& one) { return one.minutes_per_day.has_value(); });
}

void MailStore::look(Survey& survey) const {
  const auto now = clock_.wall();
  survey.calls = queue_->call_records();
  std::map<std::string, HopWork> hops;
  for (const auto& waiting : queue_->waiting()) {
    auto& report = survey.queue.emplace_back();
    report = {waiting.destination, waiting.messages, waiting.bytes, waiting.oldest, waiting.next_attempt, {},
              waiting.held};
    if (waiting.held) continue;
    const auto next = routes().next_hop(waiting.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    const auto* way = way_out_for(waiting.destination);
    if (!via && !way) continue;
    if (const auto* failed = record_of(survey.calls, way ? way->destination : via->post_office)) {
      report.last_error = failed->error;
      if (rest_of(*failed, now) > Duration::zero())
        report.next_attempt = std::max(report.next_attempt, failed->until);
    }
    if (way) {
      if (report.next_attempt <= now) survey.ways_due.insert(way->destination);
      continue;
    }
    auto [place, first] = hops.try_emplace(via->post_office);
    HopWork& hop = place->second;
    hop.hop = via->post_office;
    hop.messages += waiting.messages;
    hop.bytes += waiting.bytes;
    hop.urgent = hop.urgent || waiting.urgent;
    hop.from_here = (!first && hop.from_here) || is_from_here(waiting.destination);
    hop.oldest = first ? waiting.oldest : std::min(hop.oldest, waiting.oldest);
    hop.next_attempt = first ? waiting.next_attempt : std::min(hop.next_attempt, waiting.next_attempt);
  }
  for (auto& [name, hop] : hops) survey.hops.push_back(std::move(hop));
  if (has_budgets()) survey.line_time = queue_->line_time(yesterday(clock_.wall()));
  for (const auto& line : queue_->held(mailqueue::Held::line)) survey.held_lines.insert(line.name);
}

void MailStore::look_at_disk(Survey& survey) {
  disk_->look();
  survey.disk = {disk_->full(), disk_->free()};
  if (std::exchange(told_disk_full_, disk_->full()) != disk_->full()) survey.notes.push_back(disk_->text());
}

std::vector<std::string> MailStore::destinations_via(mailqueue::Queue& queue, const std::string& hop) const {
  std::vector<std::string> all;
  for (const auto& waiting : queue.waiting()) all.push_back(waiting.destination);
  return routes().destinations_via(hop, all);
}

Task<CallRecord> MailStore::call_failed(FailedCall failed) {
  const auto postpone = [this, &failed](mailqueue::Queue& queue) {
    const auto now = clock_.wall();
    return queue.batch([&] {
      const auto before = queue.call_record(failed.post_office).value_or(CallRecord());
      auto record = after_failure(before, failed, now);
      queue.keep_call(record);
      const auto destinations = destinations_via(queue, failed.post_office);
      if (failed.ending == Ending::broken) queue.retry_all(destinations, now);
      queue.fail_due(destinations, failed.text, record.until, failed.counts, now);
      return record;
    });
  };
  co_return co_await with_queue(postpone);
}

void MailStore::make_dialable(mailqueue::Queue& queue, const std::string& hop) const {
  if (!queue.forget_call(hop)) return;
  queue.retry_all(destinations_via(queue, hop), clock_.wall());
}

Task<> MailStore::call_works(std::string hop) {
  const auto forget = [this, &hop](mailqueue::Queue& queue) { make_dialable(queue, hop); };
  co_await with_queue(forget);
}

void MailStore::post_call_works(std::string hop) {
  post([this, hop = std::move(hop)](mailqueue::Queue& queue) { make_dialable(queue, hop); });
}

}  // namespace external::engine
