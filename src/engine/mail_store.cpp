#include "mail_store.h"

#include <external/base/guard.h>

namespace external::engine {

namespace {

constexpr std::size_t batch = 200;  ///< messages handled in one survey, so that none takes long

constexpr auto tidy_up_interval = std::chrono::hours(24);
constexpr auto longest_partial = std::chrono::hours(24 * 30);  ///< of content that no call went on with

std::vector<postoffice::RouteEntry> routes_of(const config::Settings& settings) {
  std::vector<postoffice::RouteEntry> routes;
  for (const auto& office : settings.post_offices) routes.push_back({office.name, office.hub});
  return routes;
}

}  // namespace

MailStore::MailStore(Clock& clock, const config::Settings& settings, Worker::Place place)
    : clock_(clock),
      settings_(settings),
      book_{settings.home_po, settings.domains},
      routes_(settings.home_po, routes_of(settings)),
      queue_(std::make_unique<mailqueue::Queue>(settings.queue_file())),
      delivery_(std::make_unique<postoffice::LocalDelivery>(*queue_, settings.mail_folder(), book_)),
      worker_(place) {
  if (guarded("K1")) queue_->recover(clock_.wall());
}

MailStore::~MailStore() = default;

Task<Survey> MailStore::survey() {
  co_return co_await worker_.run([this] {
    Survey result;
    tidy_up();
    deliver(result);
    return_hopeless(result);
    look(result);
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
  survey.events = delivery_->deliver_due(clock_.wall(), batch);
}

void MailStore::give_back(Survey& survey, const mailqueue::Work& work, postoffice::Failure failure) {
  try {
    auto events = postoffice::return_mail(*queue_, book_, work, std::move(failure), clock_.wall());
    survey.events.insert(survey.events.end(), std::make_move_iterator(events.begin()),
                         std::make_move_iterator(events.end()));
  } catch (const mailqueue::Error& error) {
    // One sick message must not keep the others from being looked at.
    survey.trouble = work.envelope.key + ": " + error.what();
  }
}

void MailStore::return_hopeless(Survey& survey) {
  const auto now = clock_.wall();
  for (const auto& work : queue_->overdue(now, batch)) {
    postoffice::Failure failure;
    failure.report = postoffice::Report::useful_life_exceeded;
    failure.post_office = work.envelope.recipients.front().destination;
    give_back(survey, work, std::move(failure));
  }
  for (const auto& waiting : queue_->waiting()) {
    const auto next = routes_.next_hop(waiting.destination);
    if (std::holds_alternative<postoffice::Unknown>(next)) {
      for (const auto& work : queue_->pick({waiting.destination}, mailqueue::Time::max(), batch)) {
        postoffice::Failure failure;
        failure.report = postoffice::Report::unable_to_deliver;
        failure.post_office = waiting.destination;
        failure.detail = "no route to post office " + waiting.destination;
        give_back(survey, work, std::move(failure));
      }
    } else if (const auto* via = std::get_if<postoffice::Via>(&next)) {
      const auto* office = settings_.find_post_office(via->post_office);
      const int tries = static_cast<int>(office ? office->retries : 3);
      for (const auto& work : queue_->worn_out(waiting.destination, tries, batch)) {
        postoffice::Failure failure;
        failure.report = postoffice::Report::retry_count_exceeded;
        failure.post_office = via->post_office;
        give_back(survey, work, std::move(failure));
      }
    }
  }
}

void MailStore::look(Survey& survey) const {
  std::map<std::string, HopWork> hops;
  for (const auto& waiting : queue_->waiting()) {
    survey.queue.push_back(
        {waiting.destination, waiting.messages, waiting.bytes, waiting.oldest, waiting.next_attempt});
    const auto next = routes_.next_hop(waiting.destination);
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
  return routes_.destinations_via(hop, all);
}

Task<> MailStore::call_failed(std::string hop, std::string why, WallTime next_attempt, bool counts) {
  const auto postpone = [this, &hop, &why, next_attempt, counts](mailqueue::Queue& queue) {
    queue.fail_due(destinations_via(queue, hop), why, next_attempt, counts, clock_.wall());
  };
  co_await with_queue(postpone);
}

}  // namespace external::engine
