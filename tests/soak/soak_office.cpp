#include "soak_office.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace external::soak {

namespace {

constexpr std::size_t kept_lines = 150;
constexpr std::array mailboxes{"ANNA", "BOB"};

std::string section(const std::string& instance) {
  return "[External-" + instance + "]\nAsyncCommPort = /dev/" + instance + "\n";
}

}  // namespace

void SoakLog::write(std::string_view instance, std::string_view text) {
  ++lines_;
  if (text.find("The line hung for") != std::string_view::npos) ++hung_;
  if (text.find("Unexpected trouble") != std::string_view::npos) ++unexpected_;
  if (on_line) on_line(instance, text);
  newest_.push_back(std::string(instance) + ": " + std::string(text));
  if (newest_.size() > kept_lines) newest_.pop_front();
}

std::string SoakLog::newest() const {
  std::string all;
  for (const auto& line : newest_) all += line + "\n";
  return all;
}

void CallCounts::add(const engine::Report& report) {
  for (const auto& line : report.lines) {
    for (const auto& [result, count] : line.totals.made) made[result] += count;
    answered += line.totals.calls_answered;
    bytes += line.totals.bytes_sent;
    retransmissions += line.totals.retransmissions;
    seconds += line.totals.seconds;
  }
}

SoakOffice::SoakOffice(external::test::VirtualWorld& world, matrix::Telephony& phones, std::string name,
                       const std::vector<std::string>& numbers, const std::string& peers)
    : world_(world), name_(std::move(name)), random_(static_cast<unsigned>(name_.size() + name_.front())) {
  std::filesystem::create_directories(folder_.path() / "mail");
  for (const auto* mailbox : mailboxes) postoffice::Mailboxes(folder_.path() / "mail").add(mailbox);
  ini_ =
      "[External]\nHomePO = " + name_ +
      "\nDelayWarnings = 0\nDelayWarningsUrgent = 0\nAsyncSpeed = 57600\nRetryInterval = 10s\nRejectPause = "
      "30s\n";
  std::string sections;
  for (const auto& number : numbers) {
    Line line;
    line.instance = "Line" + std::to_string(lines_.size() + 1);
    line.station = std::make_unique<matrix::Station>(phones, number, name_ + "-" + line.instance);
    sections += section(line.instance);
    lines_.push_back(std::move(line));
  }
  ini_ += sections + peers;
}

SoakOffice::~SoakOffice() {
  stop();
}

Line* SoakOffice::line_of(const std::string& instance) {
  const auto found = std::ranges::find(lines_, instance, &Line::instance);
  return found == lines_.end() ? nullptr : &*found;
}

void SoakOffice::start() {
  engine::EngineOptions options;
  options.script_folders = {SCRIPT_FOLDER};
  options.own_threads = false;
  options.lender = lender_;
  options.random = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); };
  options.free_space = [this](const std::filesystem::path&) -> std::optional<std::uint64_t> {
    return disk_full_ ? 1024 : 1'000'000'000;
  };
  options.open_line = [this](const config::Instance& instance) -> Task<Result<std::unique_ptr<line::Line>>> {
    const auto* line = line_of(instance.name);
    if (line->held) co_return make_error_code(line::Error::held);
    co_return line->station->open();
  };
  engine_.emplace(world_.io.get_executor(), world_.clock, settings(), log_, std::move(options));
  ended_ = false;
  asio::co_spawn(world_.io, engine_->run(), [this](const std::exception_ptr&) { ended_ = true; });
}

bool SoakOffice::stop() {
  if (!engine_) return true;
  engine_->stop();
  const bool ended = world_.clock.run_until([this] { return ended_; }, 2min);
  if (!ended) return false;
  past_.add(engine_->report());
  engine_.reset();
  return std::ranges::none_of(lines_, [](const Line& line) { return line.station->is_open(); });
}

void SoakOffice::send(unsigned number, const std::vector<std::string>& recipients, const std::string& content,
                      std::chrono::seconds life, mailqueue::Priority priority) {
  mailqueue::Envelope envelope;
  envelope.key = "soak" + std::to_string(number) + "@" + name_;
  envelope.sender = name_ + "/ANNA";
  for (const auto& to : recipients) envelope.recipients.push_back({to, to.substr(0, to.rfind('/'))});
  envelope.accepted = world_.clock.wall();
  envelope.useful_life = life;
  envelope.priority = priority;
  mailqueue::Queue(folder_.path() / "queue.db").accept(envelope, content, world_.clock.wall());
  if (engine_) engine_->news();
}

std::vector<Found> SoakOffice::collect() const {
  std::vector<Found> all;
  for (const auto* mailbox : mailboxes) {
    const auto fresh = folder_.path() / "mail" / mailbox / "new";
    for (const auto& entry : std::filesystem::directory_iterator(fresh)) {
      all.push_back({mailbox, external::test::read_file(entry.path())});
      std::filesystem::remove(entry.path());
    }
  }
  return all;
}

bool SoakOffice::queues_nothing() const {
  return mailqueue::Queue(folder_.path() / "queue.db").totals().messages == 0;
}

bool SoakOffice::is_idle() const {
  const auto report = engine_->report();
  return std::ranges::all_of(report.lines,
                             [](const auto& line) { return line.state == engine::LineState::listening; });
}

void SoakOffice::expect_no_trouble() const {
  EXPECT_EQ(log_.hung(), 0u) << name_;
  EXPECT_EQ(log_.unexpected(), 0u) << name_ << "\n" << log_.newest();
}

std::string SoakOffice::lines_text() const {
  std::string text;
  for (const auto& line : engine_->report().lines)
    text += name_ + " " + line.instance + " " + std::string(name_of(line.state)) + " " + line.detail + "\n";
  return text;
}

std::uintmax_t SoakOffice::database_bytes() const {
  return std::filesystem::file_size(folder_.path() / "queue.db");
}

std::uintmax_t SoakOffice::database_bytes_without_history() const {
  {
    mailqueue::Queue queue(folder_.path() / "queue.db");
    queue.prune(world_.clock.wall() + 24h * 365 * 3);
    queue.check();
  }  // closed, it has copied back all that its log has
  return database_bytes();
}

CallCounts SoakOffice::counts() const {
  CallCounts all = past_;
  if (engine_) all.add(engine_->report());
  return all;
}

}  // namespace external::soak
