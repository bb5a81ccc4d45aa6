#pragma once
// A packet radio controller with the TNC2 commands that a script needs, and the station at the other end.

#include "fake_device.h"

namespace external::modem::test {

struct TncOptions {
  /// What becomes of a call: the words of the controller.
  std::string connect_result = "*** CONNECTED to DB0ABC";
  Duration connect_delay = std::chrono::seconds(9);
  Duration disconnect_delay = std::chrono::seconds(4);  ///< until the other station has confirmed
  std::string behind_connect;
  bool transparent = false;  ///< left so by an earlier run
};

class FakeTnc final : public FakeDevice {
 public:
  FakeTnc(const asio::any_io_executor& executor, Clock& clock, TncOptions options = {});

  // The other station.
  void call_in(Duration after = {});
  void leave();

  const std::vector<std::string>& commands() const { return commands_; }
  const std::string& sent_in_call() const { return sent_in_call_; }
  bool connected();

 private:
  void take_byte(char c) override;
  void take_transparent(char c);
  void execute(const std::string& line);
  void establish();

  TncOptions options_;
  std::string line_;
  std::vector<std::string> commands_;
  std::string sent_in_call_;
  bool connected_ = false;
  bool transparent_ = false;
  bool echo_ = true;
  int interrupts_ = 0;
  TimePoint last_byte_{};
};

}  // namespace external::modem::test
