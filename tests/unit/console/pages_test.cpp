// Screens, exactly as they are.

#include "scene.h"

#include <gmock/gmock.h>

namespace external::console {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

class Pages : public testing::Test {
 protected:
  void SetUp() override { use_utc(); }

  std::vector<std::string> draw(std::size_t width, std::size_t height) {
    return texts(viewer_.draw(scene_, width, height));
  }

  void press(char digit) { viewer_.take({Key::Kind::character, digit, 0}, scene_); }

  Scene scene_ = busy_scene();
  Viewer viewer_{{}};
};

TEST_F(Pages, Dump) {
  for (const auto& [w, h] : {std::pair{80, 24}, {132, 43}, {40, 10}}) {
    for (const char page : {'0', '1', '2', '3', '4', '5'}) {
      press(page);
      std::printf("=== %d %d %c\n", w, h, page);
      for (const auto& line : draw(static_cast<std::size_t>(w), static_cast<std::size_t>(h)))
        std::printf("|%s\n", line.c_str());
    }
  }
}

}  // namespace
}  // namespace external::console
