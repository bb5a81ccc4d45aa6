#pragma once
// A PAD that speaks X.28, and the network behind it.

#include "fake_device.h"

namespace external::modem::test {

struct PadOptions {
  std::string call_result = "COM";  ///< or CLR and a reason
  Duration call_delay = std::chrono::seconds(3);
  std::string behind_com;
  bool knows_set = true;
  bool in_call = false;  ///< left so by an earlier run, with a profile that lets DLE through
};

class FakePad final : public FakeDevice {
 public:
  FakePad(const asio::any_io_executor& executor, Clock& clock, PadOptions options = {});

  // The network.
  void call_in(Duration after = {});
  /// Says `signal`, such as CLR NC, if a call stands then, and ends it.
  void clear(std::string_view signal, Duration after = {});

  const std::vector<std::string>& commands() const { return commands_; }
  const std::string& sent_in_call() const { return sent_in_call_; }
  bool in_call();

 private:
  void take_byte(char c) override;
  void dtr_changed(bool high) override;
  void execute(const std::string& line);

  PadOptions options_;
  std::string line_;
  std::vector<std::string> commands_;
  std::string sent_in_call_;
  bool in_call_;
  bool escaped_ = false;
  bool echo_ = true;
};

}  // namespace external::modem::test
