#pragma once
// The screen of an External that runs elsewhere, seen through its control socket.

#include <external/console/desk.h>
#include <external/control/async_client.h>

namespace external::commands {

/// Finds its External again after that has ended and come back, and says so.
class RemoteDesk final : public console::Desk {
 public:
  /// `home` is the post office, `socket` its control socket. `instance`: only this one is shown; empty: all.
  RemoteDesk(const asio::any_io_executor& executor, Clock& clock, std::string home, std::string socket,
             std::string instance);

  console::Scene look() override { return scene_; }
  Task<> refresh(const console::Wanted& wanted) override;
  Task<std::string> act(const console::Action& action) override;

 private:
  Task<> ask(const console::Wanted& wanted);
  void take(control::Status status);
  void choose_instance(control::Status& status) const;
  void choose_lines(std::vector<std::string>& log) const;
  void lost(const std::string& why);

  asio::any_io_executor executor_;
  Clock& clock_;
  const std::string home_;
  const std::string socket_;
  const std::string instance_;
  control::AsyncClient client_;
  console::Scene scene_;
  bool away_ = false;  ///< it was there and is not
};

}  // namespace external::commands
