#pragma once
// The modem's serial port: a pseudo terminal behind a symbolic link.

#include "agenda.h"
#include "computer_port.h"

#include <external/base/descriptor.h>

#include <filesystem>

namespace external::phonenet {

/// Owner of the pty and of the link to it. DTR is high while somebody has the slave open at a speed other
/// than 0.
///
/// The pty outlives its users: it is put back to raw mode, with nothing left in it, when the last one closes.
class PtyPort final : public ComputerPort {
 public:
  /// `link` is where people find the port. Nothing exists before plug().
  PtyPort(const asio::any_io_executor& executor, Agenda& agenda, std::filesystem::path link, Modem modem);
  ~PtyPort() override { PtyPort::unplug(); }
  PtyPort(const PtyPort&) = delete;
  PtyPort& operator=(const PtyPort&) = delete;

  void plug() override;
  void unplug() override;
  bool plugged() const override { return plugged_ != nullptr; }
  bool in_use() const override { return in_use_; }

  void to_computer(ByteView bytes) override;
  void room_made() override;
  void purge() override;

  std::uint64_t read_from_computer() const override { return read_; }
  std::uint64_t written_to_computer() const override { return written_; }
  std::uint64_t dropped() const override { return dropped_; }

 private:
  enum class Reading { nothing_left, more, no_room, gone };

  void make_link() const;
  void remove_link() const;
  bool abandoned() const;
  bool speed_is_zero() const;
  void look();
  void taken();
  void closed();
  void give_up_rest();
  void restore_slave() const;
  void wait_readable();
  void read_some();
  Reading read_while_room();
  void flush();
  void hold_computer(bool hold);
  Descriptor open_slave() const;

  // Asio's descriptor offers no const access; none of our uses changes it.
  int descriptor() const { return master_.native_handle(); }

  mutable asio::posix::stream_descriptor master_;
  const std::filesystem::path link_;
  Modem modem_;
  std::string slave_name_;
  std::shared_ptr<bool> plugged_;  // lives as long as the present pty; handlers of a former one find it gone
  bool in_use_ = false;
  bool dtr_ = false;
  bool held_ = false;  // the computer's writes wait
  bool full_ = false;  // the modem had no room
  bool waiting_ = false;
  bool reading_ = false;
  Bytes out_;
  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
  Timer look_timer_;
  Timer flush_timer_;
};

}  // namespace external::phonenet
