#include <external/base/descriptor.h>
#include <external/base/replace_file.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace external {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string() + " cannot be written");
}

/// Goes again unless it has got its final name.
class Draft {
 public:
  explicit Draft(const std::filesystem::path& final_path)
      : final_(final_path),
        name_(final_path.string() + ".XXXXXX"),
        file_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (!file_) fail(final_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!moved_) ::unlink(name_.c_str());
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const auto count = ::write(file_.get(), text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail(final_);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(file_.get()) != 0) fail(final_);
  }

  void move() {
    if (::rename(name_.c_str(), final_.c_str()) != 0) fail(final_);
    moved_ = true;
  }

 private:
  std::filesystem::path final_;
  std::string name_;
  Descriptor file_;
  bool moved_ = false;
};

}  // namespace

void replace_file(const std::filesystem::path& path, std::string_view text) {
  Draft draft(path);
  draft.write(text);
  draft.move();
  const auto folder = path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor || ::fsync(descriptor.get()) != 0) fail(path);
}

}  // namespace external
