// Several connections to one queue in one process.

#include "support.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace mailqueue::test::connections_test {
namespace {

/// Whether anybody, this process included, has a lock on a part of the file. Looking drops the locks of this
/// process.
bool is_locked(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const int result = ::fcntl(fd, F_OFD_GETLK, &lock);
  ::close(fd);
  if (result != 0) throw std::runtime_error(std::strerror(errno));
  return lock.l_type != F_UNLCK;
}

/// Without the lock another program that closes the queue removes the log that this one writes to.
TEST(Connections, OpeningAnotherKeepsTheLockOfTheFirst) {
  const Folder folder;
  Queue first(folder.queue());
  first.accept(mail("k1"), "text", noon);
  const Queue second(folder.queue());
  EXPECT_TRUE(is_locked(folder.queue()));
}

TEST(Connections, OneThatGoesKeepsTheLockOfTheFirst) {
  const Folder folder;
  Queue first(folder.queue());
  first.accept(mail("k1"), "text", noon);
  { const Queue second(folder.queue()); }
  EXPECT_TRUE(is_locked(folder.queue()));
}

TEST(Connections, NothingButTheQueueIsLeftWhereItIsMade) {
  const Folder folder;
  { const Queue queue(folder.queue()); }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().filename(), "queue.db");
}

}  // namespace
}  // namespace mailqueue::test::connections_test
