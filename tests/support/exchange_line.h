#pragma once
// Modems and a telephone exchange in virtual time, reached by lines like those of a serial port.

#include "agenda.h"
#include "exchange.h"
#include "modem.h"

#include <external/line/line.h>

namespace external::matrix {

/// An exchange that runs on a test's io_context and clock. Outlives its stations.
struct Telephony {
 private:
  struct Core {
    Core(const asio::any_io_executor& executor, Clock& clock) : agenda(executor, clock) {}
    phonenet::Agenda agenda;
    asio::cancellation_signal stop;
  };
  std::shared_ptr<Core> core_;  // shared with the coroutine that runs the agenda

 public:
  Telephony(const asio::any_io_executor& io, Clock& time, phonenet::ExchangeOptions options = {},
            std::uint64_t seed = 1);
  ~Telephony();
  Telephony(const Telephony&) = delete;
  Telephony& operator=(const Telephony&) = delete;

  asio::any_io_executor executor;
  Clock& clock;
  phonenet::Agenda& agenda;
  std::vector<std::string> log;  ///< what the exchange reported: "north: dials 5550002"
  phonenet::Exchange exchange;
};

struct StationOptions {
  phonenet::LineSettings line{};
  phonenet::ModemOptions modem{};
  unsigned speed = 9600;             ///< of a freshly opened port
  bool has_control_lines = true;     ///< false: Error::unsupported, as on a pseudo terminal
  bool keeps_speed = false;          ///< the modem talks at the speed of the last command that it took
  std::size_t output_buffer = 256;   ///< bytes the port takes from the computer ahead of the modem
  std::size_t input_buffer = 16384;  ///< bytes kept for a computer that does not read; more are overruns
};

/// A telephone number with a modem, and the port through which a computer reaches it.
class Station {
 public:
  Station(Telephony& telephony, const std::string& number, const std::string& name,
          StationOptions options = {});
  ~Station();
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  /// Opens the port: DTR and RTS rise. They fall when the line is closed, as with HUPCL. The station outlives
  /// the line. Errors: Error::held while another line has it; ENOENT while it is unplugged.
  Result<std::unique_ptr<line::Line>> open();

  /// The port disappears: an open line reports Error::hung_up, and the modem sees DTR fall.
  void unplug();
  void plug();
  bool plugged() const { return plugged_; }
  void power_off() { modem_.power_off(); }
  void power_on() { modem_.power_on(); }

  /// As `phonenet ctl DIR quirk NAME KEY VALUE`: quirk("late", "2s,3"), quirk("off").
  void quirk(const std::string& key, const std::string& value = {});

  /// The call loses its carrier when the computer has sent or been given so many more bytes in calls.
  void drop_after(std::uint64_t bytes) { drop_after_ = bytes; }

  phonenet::Subscriber& subscriber() { return subscriber_; }
  phonenet::Modem& modem() { return modem_; }

  /// What the computer said while the modem listened to commands: lines without their CR, and "+++".
  struct Command {
    TimePoint at;
    std::string text;
  };
  const std::vector<Command>& commands() const { return commands_; }
  /// Begins the records of commands, speeds and DTR anew.
  void forget();
  /// How often that was said, letter for letter.
  std::size_t count(std::string_view command) const;

  struct Change {
    TimePoint at;
    bool high;
  };
  bool dtr() const { return dtr_; }
  bool rts() const { return rts_; }
  const std::vector<Change>& dtr_changes() const { return dtr_changes_; }
  /// Speeds that were set, each time, the one of each opening first.
  const std::vector<unsigned>& speeds() const { return speeds_; }

  bool is_open() const { return port_ != nullptr; }
  unsigned opens() const { return opens_; }
  bool off_hook() const;
  bool in_call() const { return subscriber_.state() == phonenet::LineState::connected; }
  std::uint64_t bytes_from_computer() const { return from_computer_; }
  std::uint64_t bytes_to_computer() const { return to_computer_; }
  /// For a computer that was not there, or did not read for long.
  std::uint64_t bytes_lost() const { return lost_; }

 private:
  class PortLine;
  struct Port;

  void hear(ByteView bytes);
  void pump();
  void note(ByteView bytes);
  void count_down(std::size_t bytes);
  bool hears_each_other();
  void set_dtr(bool high);
  void closed(Port& port);

  Telephony& telephony_;
  const StationOptions options_;
  phonenet::Subscriber& subscriber_;
  phonenet::Modem modem_;
  std::shared_ptr<Port> port_;  // while open
  bool plugged_ = true;
  bool pumping_ = false;
  bool dtr_ = false;
  bool rts_ = false;
  unsigned speed_ = 0;  ///< of the modem, if it keeps one
  std::string typed_;
  std::vector<Command> commands_;
  std::vector<Change> dtr_changes_;
  std::vector<unsigned> speeds_;
  unsigned opens_ = 0;
  std::uint64_t from_computer_ = 0;
  std::uint64_t to_computer_ = 0;
  std::uint64_t lost_ = 0;
  std::optional<std::uint64_t> drop_after_;
  phonenet::Timer drop_;
};

}  // namespace external::matrix
