#include "queue_watch.h"

#include <algorithm>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration survey_interval = 5s;    ///< between looks at a queue of which nobody said that it changed
constexpr Duration pause_for_calls = 50ms;  ///< before another look, where calls began or ended meanwhile
constexpr Duration pause_for_trouble = 5s;  ///< the same, where the queue failed

// While mail comes in it has the disk: looks at the queue, and what they deliver, are to take a tenth of the
// time.
constexpr int pause_per_survey = 9;
constexpr Duration longest_look_pause = 1s;

}  // namespace

QueueWatch::QueueWatch(Context& context, Outcomes& outcomes, std::function<void()> surveyed)
    : context_(context),
      outcomes_(outcomes),
      surveyed_(std::move(surveyed)),
      news_(context.executor),
      disk_{context.store.disk().full(), context.store.disk().free()} {}

void QueueWatch::mail_arrived() {
  arriving_ = true;
  news();
}

Task<> QueueWatch::run() {
  auto& planner = context_.planner;
  auto& clock = context_.clock;
  for (;;) {
    news_.clear();
    arriving_ = false;
    const auto began = clock.now();
    const auto epoch = planner.epoch();
    auto hops = co_await survey();
    if (!hops || !planner.update(std::move(*hops), epoch, line_time_)) {
      co_await clock.wait_for(hops ? pause_for_calls : pause_for_trouble);
      continue;
    }
    take_calls();
    surveyed_();
    if (arriving_) {
      const auto pause = pause_per_survey * (clock.now() - began);
      co_await clock.wait_for(std::min(pause, longest_look_pause));
    }
    co_await first_of(news_.wait(), clock.wait_for(survey_interval));
  }
}

Task<> QueueWatch::look_once() {
  co_await survey();
}

/// Nothing if the queue failed, which the log says once.
Task<std::optional<std::vector<HopWork>>> QueueWatch::survey() {
  std::optional<std::vector<HopWork>> hops;
  std::string trouble;
  try {
    auto result = co_await context_.store.survey();
    trouble = result.trouble;
    hops = keep(std::move(result));
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  note(trouble);
  co_return hops;
}

/// Returns what is for the planner.
std::vector<HopWork> QueueWatch::keep(Survey survey) {
  for (const auto& event : survey.events) outcomes_.tell(event);
  for (const auto& text : survey.notes) context_.log.write({}, text);
  queue_ = std::move(survey.queue);
  traffic_ = std::move(survey.traffic);
  calls_ = std::move(survey.calls);
  disk_ = survey.disk;
  held_lines_ = std::move(survey.held_lines);
  context_.planner.hold_lines(held_lines_);
  ways_due_ = std::move(survey.ways_due);
  line_time_ = std::move(survey.line_time);
  // What was returned or delivered may have queued more: a notice, for one.
  if (!survey.events.empty() || survey.more) news_.set();
  return std::move(survey.hops);
}

void QueueWatch::note(const std::string& trouble) {
  if (trouble != trouble_ && !trouble.empty()) context_.log.write({}, "Mail queue: " + trouble);
  trouble_ = trouble;
}

bool QueueWatch::is_left_alone(const CallRecord& record) const {
  return is_undialable(record, context_.clock.wall());
}

/// Post offices whose last call failed, as the queue knows them now.
void QueueWatch::take_calls() {
  context_.planner.rests().take(calls_, context_.clock.wall(), context_.clock.now());
  std::set<std::string> undialable;
  for (const auto& record : calls_) {
    if (is_left_alone(record)) undialable.insert(record.post_office);
  }
  for (const auto& post_office : undialable_) {
    if (!undialable.contains(post_office))
      context_.log.write({}, post_office + ": No longer undialable; it is called again when mail is due.");
  }
  undialable_ = std::move(undialable);
}

/// That of the queue, or when the next post office may be called.
WallTime QueueWatch::next_attempt(const QueueReport& waiting) const {
  const auto next = context_.store.directory()->routes().next_hop(waiting.destination);
  const auto* via = std::get_if<postoffice::Via>(&next);
  return via ? context_.planner.next_attempt(via->post_office, waiting.next_attempt) : waiting.next_attempt;
}

void QueueWatch::add_to(Report& report) const {
  for (auto& line : report.lines) line.held = held_lines_.contains(line.instance);
  report.queue = queue_;
  for (auto& waiting : report.queue) waiting.next_attempt = next_attempt(waiting);
  report.traffic = traffic_;
  for (const auto& record : calls_) {
    if (record.cause.empty()) continue;
    report.calls.push_back({record.post_office, is_left_alone(record), record.cause, record.failures,
                            record.error, record.failed, record.until});
  }
  report.disk = disk_;
}

}  // namespace external::engine
