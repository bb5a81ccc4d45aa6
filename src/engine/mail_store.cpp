#include "mail_store.h"

#include <external/engine/traffic.h>

namespace external::engine {

namespace {

constexpr std::size_t everything = 1'000'000'000;
constexpr std::size_t batch = 200;  ///< messages handled in one survey, so that none takes long

constexpr auto tidy_up_interval = std::chrono::hours(24);
constexpr auto longest_partial = std::chrono::hours(24 * 30);  ///< of content that no call went on with

}  // namespace

MailStore::MailStore(Clock& clock, const config::Settings& settings, Worker::Place place)
    : clock_(clock),
      settings_(settings),
      directory_(settings),
      queue_(std::make_unique<mailqueue::Queue>(settings.queue_file())),
      delivery_(std::make_unique<postoffice::LocalDelivery>(*queue_, settings.mail_folder(), book())),
      worker_(place) {
  directory_.check_names(postoffice::Mailboxes(settings.mail_folder()));
  queue_->recover(clock_.wall());
  traffic_before_ = queue_->traffic();
}

MailStore::~MailStore() = default;

Task<Survey> MailStore::survey() {
  co_return co_await worker_.run([this] {
    Survey result;
    tidy_up();
    deliver(result);
    return_hopeless(result);
    look(result);
    result.traffic = sum_up(queue_->traffic(), traffic_before_, clock_.wall());
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
}

void MailStore::deliver(Survey& survey) {
  auto delivered = delivery_->deliver_due(clock_.wall(), batch);
  survey.events = std::exchange(told_, {});
  survey.events.insert(survey.events.end(), std::make_move_iterator(delivered.begin()),
                       std::make_move_iterator(delivered.end()));
}

void MailStore::tell(std::vector<postoffice::DeliveryEvent> events) {
  told_.insert(told_.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
}

void MailStore::give_back(Survey& survey, const mailqueue::Work& work, postoffice::Failure failure) {
  try {
    auto events = postoffice::return_mail(*queue_, book(), work, std::move(failure), clock_.wall());
    survey.events.insert(survey.events.end(), std::make_move_iterator(events.begin()),
                         std::make_move_iterator(events.end()));
  } catch (const mailqueue::Error& error) {
    // One sick message must not keep the others from being looked at.
    survey.trouble = work.envelope.key + ": " + error.what();
  }
}

void MailStore::return_hopeless(Survey& survey) {
  return_overdue(survey);
  const auto last = queue_->last_message();
  for (const auto& waiting : queue_->waiting()) {
    const auto next = routes().next_hop(waiting.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    if (via) return_worn_out(survey, waiting.destination, via->post_office);
    if (std::holds_alternative<postoffice::Unknown>(next)) return_unroutable(survey, waiting.destination);
    return_oversized(survey, waiting);
  }
  sizes_known_ = last;
}

void MailStore::return_overdue(Survey& survey) {
  for (const auto& work : queue_->overdue(clock_.wall(), batch)) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::useful_life_exceeded;
    failure.post_office = work.envelope.recipients.front().destination;
    give_back(survey, work, std::move(failure));
  }
}

void MailStore::return_unroutable(Survey& survey, const std::string& destination) {
  for (const auto& work : queue_->pick({destination}, mailqueue::Time::max(), batch)) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::unable_to_deliver;
    failure.post_office = destination;
    failure.detail = "no route to post office " + destination;
    give_back(survey, work, std::move(failure));
  }
}

void MailStore::return_worn_out(Survey& survey, const std::string& destination, const std::string& hop) {
  const auto* office = settings_.find_post_office(hop);
  const int tries = static_cast<int>(office ? office->retries : 3);
  for (const auto& work : queue_->worn_out(destination, tries, batch)) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::retry_count_exceeded;
    failure.post_office = hop;
    give_back(survey, work, std::move(failure));
  }
}

/// Mail that was accepted under other limits. What comes in later was looked at when it came.
void MailStore::return_oversized(Survey& survey, const mailqueue::Waiting& waiting) {
  const auto largest = directory_.largest_message(waiting.destination);
  if (!largest || waiting.bytes <= *largest) return;
  for (const auto& work : queue_->larger_than(waiting.destination, *largest, sizes_known_, everything)) {
    const auto obstacle = directory_.obstacle(waiting.destination, work.size);
    if (!obstacle) continue;
    postoffice::Failure failure;
    failure.report = obstacle->report;
    failure.post_office = obstacle->destination;
    failure.detail = obstacle->text;
    give_back(survey, work, std::move(failure));
  }
}

void MailStore::look(Survey& survey) const {
  std::map<std::string, HopWork> hops;
  for (const auto& waiting : queue_->waiting()) {
    survey.queue.push_back(
        {waiting.destination, waiting.messages, waiting.bytes, waiting.oldest, waiting.next_attempt});
    const auto next = routes().next_hop(waiting.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    if (!via) continue;
    auto [place, first] = hops.try_emplace(via->post_office);
    HopWork& hop = place->second;
    hop.hop = via->post_office;
    hop.messages += waiting.messages;
    hop.bytes += waiting.bytes;
    hop.urgent = hop.urgent || waiting.urgent;
    hop.oldest = first ? waiting.oldest : std::min(hop.oldest, waiting.oldest);
    hop.next_attempt = first ? waiting.next_attempt : std::min(hop.next_attempt, waiting.next_attempt);
  }
  for (auto& [name, hop] : hops) survey.hops.push_back(std::move(hop));
}

std::vector<std::string> MailStore::destinations_via(mailqueue::Queue& queue, const std::string& hop) const {
  std::vector<std::string> all;
  for (const auto& waiting : queue.waiting()) all.push_back(waiting.destination);
  return routes().destinations_via(hop, all);
}

Task<> MailStore::call_failed(std::string hop, std::string why, WallTime next_attempt, bool counts) {
  const auto postpone = [this, &hop, &why, next_attempt, counts](mailqueue::Queue& queue) {
    queue.fail_due(destinations_via(queue, hop), why, next_attempt, counts, clock_.wall());
  };
  co_await with_queue(postpone);
}

}  // namespace external::engine
