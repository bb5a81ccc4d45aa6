#pragma once
// The screen of the External that runs in this process.

#include <external/console/desk.h>

namespace external::commands {

class Running;

class OwnDesk final : public console::Desk {
 public:
  /// `running` must outlive this.
  explicit OwnDesk(Running& running) : running_(running) {}

  console::Scene look() override;
  Task<> refresh(const console::Wanted& wanted) override;
  Task<std::string> act(const console::Action& action) override;

 private:
  Running& running_;
  control::MessagePage messages_;
  std::string trouble_;  ///< of the queue
};

}  // namespace external::commands
