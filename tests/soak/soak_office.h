#pragma once
// A post office with several lines, served by an engine that comes and goes, in virtual time.

#include "exchange_line.h"
#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>
#include <external/engine/engine.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

#include <random>

namespace external::soak {

using namespace std::chrono_literals;

/// A port with its modem, as one line of one post office.
struct Line {
  std::string instance;
  std::unique_ptr<matrix::Station> station;
  bool held = false;  ///< by another program, should anybody open it
};

/// Keeps the newest lines only, so that it does not grow, and counts what must not happen.
class SoakLog final : public log::Log {
 public:
  void write(std::string_view instance, std::string_view text) override;

  std::uint64_t lines() const { return lines_; }
  std::uint64_t hung() const { return hung_; }              ///< lines that the watchdog had to free
  std::uint64_t unexpected() const { return unexpected_; }  ///< exceptions nobody had thought of
  std::string newest() const;

  /// Told of each line, besides; may be empty.
  std::function<void(std::string_view instance, std::string_view text)> on_line;

 private:
  std::deque<std::string> newest_;
  std::uint64_t lines_ = 0;
  std::uint64_t hung_ = 0;
  std::uint64_t unexpected_ = 0;
};

/// What calls came to, over all runs of an engine.
struct CallCounts {
  std::map<std::string, std::uint64_t, std::less<>> made;  ///< by result
  std::uint64_t answered = 0;
  std::uint64_t bytes = 0;  ///< of messages, sent
  std::uint64_t retransmissions = 0;
  double seconds = 0;

  void add(const engine::Report& report);
};

/// A file of one mailbox, taken out of it.
struct Found {
  std::string mailbox;
  std::string text;
};

class SoakOffice {
 public:
  /// `numbers` are those of its lines. `peers` are sections of external.ini.
  SoakOffice(external::test::VirtualWorld& world, matrix::Telephony& phones, std::string name,
             const std::vector<std::string>& numbers, const std::string& peers);
  ~SoakOffice();

  /// Whose clients borrow its modems from the next start() on; it outlives this.
  void lend_for(engine::Lender& lender) { lender_ = &lender; }

  void start();
  /// False if it did not end within two minutes, or left a port open.
  bool stop();
  bool runs() const { return engine_.has_value(); }

  /// From ANNA here to `recipients`.
  void send(unsigned number, const std::vector<std::string>& recipients, const std::string& content,
            std::chrono::seconds life, mailqueue::Priority priority = mailqueue::Priority::normal);

  /// Takes everything out of its mailboxes.
  std::vector<Found> collect() const;

  bool queues_nothing() const;
  /// All lines wait for calls.
  bool is_idle() const;
  std::string lines_text() const;  ///< their states, for complaints

  std::uintmax_t database_bytes() const;
  /// As if its history were old: what is left is what was forgotten to be removed.
  std::uintmax_t database_bytes_without_history() const;

  void set_disk_full(bool full) { disk_full_ = full; }

  /// No line had to be freed, and nothing happened that nobody had thought of.
  void expect_no_trouble() const;

  const std::string& name() const { return name_; }
  std::vector<Line>& lines() { return lines_; }
  const SoakLog& log() const { return log_; }
  SoakLog& log() { return log_; }
  config::Settings settings() const { return config::parse(ini_, folder_.path() / "external.ini"); }
  engine::Engine& engine() { return *engine_; }  ///< while it runs
  CallCounts counts() const;

 private:
  Line* line_of(const std::string& instance);

  external::test::VirtualWorld& world_;
  std::string name_;
  external::test::TempFolder folder_;
  std::string ini_;
  std::vector<Line> lines_;
  SoakLog log_;
  engine::Lender* lender_ = nullptr;
  std::optional<engine::Engine> engine_;
  bool ended_ = true;
  bool disk_full_ = false;
  std::mt19937 random_;
  CallCounts past_;
};

}  // namespace external::soak
