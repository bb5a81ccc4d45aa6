#include "collection.h"

#include "file_content.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace external::engine {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_name = 200;  ///< leaves room for suffix and flags in the 255 of file systems
constexpr auto longest_partial = std::chrono::hours(24 * 30);  ///< of content that no call went on with

/// That one wish tells; a record has its limit. The rest goes with the next call.
constexpr std::size_t most_changes = 20'000;

/// Notes that are collected before the file with all of them is written.
constexpr std::size_t worth_saving = 256;

constexpr std::string_view partial_folder = "external-partial";

std::string file_name(const std::string& name, bool header) {
  return header ? name + std::string(header_suffix) : name;
}

/// On top of a header without its message.
std::string remark(const session::Item& item, std::string_view start) {
  return fmt::format("X-External-Remote: {}; size={}{}", item.number, item.size,
                     postoffice::uses_crlf(start) ? "\r\n" : "\n");
}

/// Content that has not come whole, in a file of the Maildir that no mail program looks at.
class Partial {
 public:
  Partial(const fs::path& maildir, const std::string& name) : path_(maildir / partial_folder / name) {
    std::error_code error;
    fs::create_directories(path_.parent_path(), error);
    if (error) throw fs::filesystem_error("cannot make", path_.parent_path(), error);
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_) fail();
    size_ = static_cast<std::uint64_t>(fs::file_size(path_));
  }

  const Descriptor& file() const { return file_; }
  std::uint64_t size() const { return size_; }

  void cut(std::uint64_t size) {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) fail();
    size_ = size;
  }

  void append(ByteView bytes) {
    while (!bytes.empty()) {
      const auto count = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail();
      size_ += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void sync() {
    if (::fdatasync(file_.get()) != 0) fail();
  }

  void remove() { ::unlink(path_.c_str()); }

 private:
  [[noreturn]] void fail() const {
    throw std::system_error(errno, std::generic_category(), "cannot write " + path_.string());
  }

  fs::path path_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

void remove_old_partials(const fs::path& maildir) {
  std::error_code error;
  for (fs::directory_iterator entry(maildir / partial_folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const auto age = fs::file_time_type::clock::now() - entry->last_write_time(ignored);
    if (!ignored && age > longest_partial) fs::remove(entry->path(), ignored);
  }
}

}  // namespace

std::string local_name(const std::string& key) {
  const bool safe =
      !key.empty() && key.size() <= longest_name && key.front() != '.' && !key.ends_with(header_suffix) &&
      std::none_of(key.begin(), key.end(),
                   [](unsigned char c) { return c <= ' ' || c == 127 || c == '/' || c == ':'; });
  return safe ? key : postoffice::delivery_name(key, "");
}

/// An item on its way here.
class Collection::Parcel final : public session::Incoming {
 public:
  /// On the worker, as add(). Throws std::system_error.
  Parcel(Collection& collection, const session::Offer& offer, bool from_start)
      : offer_(offer),
        partial_(collection.maildir_,
                 file_name(local_name(offer.envelope.key), offer.envelope.item->header)) {
    if (from_start || partial_.size() > offer.size) partial_.cut(0);
    offset_ = partial_.size();
    prefix_ = digest_of(partial_.file(), offset_);
  }

  std::uint64_t offset() const override { return offset_; }
  session::Digest prefix_digest() const override { return prefix_; }

  const session::Offer& offer() const { return offer_; }

  void add(const session::Portion& portion, bool durable) {
    // What a failed batch has left is written again.
    if (portion.offset > partial_.size()) throw std::runtime_error("part of the content was lost");
    if (portion.offset < partial_.size()) partial_.cut(portion.offset);
    partial_.append(portion.bytes);
    if (durable && !portion.last) partial_.sync();
  }

  bool is_sound() const { return session::matches(offer_, digest_of(partial_.file(), offer_.size)); }

  postoffice::Content content() const {
    return [this](std::uint64_t offset, std::size_t most) {
      return std::string(as_text(read_content(partial_.file(), offset, most)));
    };
  }

  void discard() { partial_.remove(); }

 private:
  session::Offer offer_;
  Partial partial_;
  std::uint64_t offset_ = 0;
  session::Digest prefix_{};
};

// ---- what is here

Task<session::Wish> Collection::complete(session::Wish wish, bool tell_deleted) {
  wish_ = std::move(wish);
  const auto job = [this, tell_deleted](mailqueue::Queue&) {
    look();
    add_to_wish(tell_deleted);
  };
  co_await store_.with_queue(job);
  co_return wish_;
}

void Collection::look() {
  postoffice::Maildir(maildir_).create();
  remove_old_partials(maildir_);
  held_.emplace(maildir_);
  here_.clear();
  for (auto& item : items_in(maildir_)) {
    const bool header = item.name.ends_with(header_suffix);
    if (header) item.name.resize(item.name.size() - header_suffix.size());
    auto& here = here_[item.name];
    (header ? here.header : here.whole) = std::move(item);
  }
  for (auto& [name, here] : here_) {
    if (!here.whole || !here.header) continue;
    fs::remove(here.header->file);  // a stop came between the message and its header
    here.header.reset();
  }
}

void Collection::add_to_wish(bool tell_deleted) {
  wish_.series = held_->series;
  const auto chosen = std::exchange(wish_.chosen, {});
  for (const auto& [name, item] : held_->items) {
    const auto here = here_.find(name);
    const bool whole = here != here_.end() && here->second.whole;
    if (item.number != 0 && !whole && chosen.contains(item.number)) wish_.chosen.add(item.number);
  }
  for (const auto& [name, item] : held_->items) {
    if (item.number == 0) continue;
    const auto here = here_.find(name);
    if (here == here_.end()) {
      wish_.whole.add(item.number);
      if (tell_deleted && wish_.changes.size() < most_changes)
        wish_.changes.push_back({item.number, {}, {}, true});
      continue;
    }
    (here->second.whole ? wish_.whole : wish_.header).add(item.number);
    const auto& flags = here->second.any().flags;
    const auto added = change_flags(flags, {}, item.flags);
    const auto removed = change_flags(item.flags, {}, flags);
    if (added.empty() && removed.empty()) continue;
    if (wish_.changes.size() < most_changes) {
      wish_.changes.push_back({item.number, added, removed, false});
    } else {
      untold_.add(item.number);
    }
  }
}

bool Collection::is_here(const std::string& name, const session::Item& item) const {
  if (const auto here = here_.find(name); here != here_.end()) return here->second.whole || item.header;
  // It was here, and was deleted or moved away; it comes again only if it was asked for.
  return held_->items.contains(name) && !wish_.chosen.contains(item.number);
}

// ---- what the post office tells

/// Made in order: a later call must not ask for what is told here before it is noted.
void Collection::note_stock(const session::Stock& stock) {
  ++unsaved_;
  const bool same_series = stock.series == held_->series;
  held_->series = stock.series;
  held_->left = stock.left;
  held_->left_bytes = stock.left_bytes;
  for (auto at = held_->items.begin(); at != held_->items.end();) {
    auto& [name, item] = *at;
    const bool there = same_series && stock.present.contains(item.number);
    if (!there) item.number = 0;
    const auto here = here_.find(name);
    if (!there && same_series && here == here_.end()) {
      at = held_->items.erase(at);
      continue;
    }
    if (there && here != here_.end() && !untold_.contains(item.number)) {
      item.flags = here->second.any().flags;  // as told with the wish
      if (stock.read.contains(item.number)) mark_read(name, item);
    }
    ++at;
  }
}

/// Another machine, or the post office, has seen it read.
void Collection::mark_read(const std::string& name, const HeldItem& item) {
  auto& here = here_.at(name);
  auto& file = here.whole ? *here.whole : *here.header;
  if (file.flags.find('S') != std::string::npos) return;
  const auto flags = change_flags(file.flags, "S", {});
  auto renamed = file;
  if (!here.whole) renamed.name = file_name(name, true);
  if (!set_flags(maildir_, renamed, flags)) return;  // a mail program has it in hand; the next call will do
  file.file = maildir_ / "cur" / (renamed.name + std::string(info_mark) + flags);
  file.flags = flags;
  held_->items[name].flags = change_flags(item.flags, "S", {});
}

Task<> Collection::finish() {
  const auto stock = std::exchange(stock_, std::nullopt);
  const auto job = [this, &stock](mailqueue::Queue&) {
    if (stock) note_stock(*stock);
    save();
  };
  co_await store_.with_queue(job);
}

void Collection::save() {
  if (unsaved_ == 0) return;
  held_->save();
  unsaved_ = 0;
}

/// What is not saved yet would only be offered once more, and known by its name.
void Collection::save_now_and_then() {
  if (unsaved_ >= worth_saving) save();
}

/// The call was cut short from this end.
Collection::~Collection() {
  if (unsaved_ == 0) return;
  store_.post([held = std::move(*held_)](mailqueue::Queue&) { held.save(); });
}

// ---- what comes

Task<std::vector<session::Inbox::Decision>> Collection::offered(std::vector<session::Arrival> arrivals) {
  const auto stock = std::exchange(stock_, std::nullopt);
  const auto job = [this, &stock, &arrivals](mailqueue::Queue&) {
    if (stock) note_stock(*stock);
    std::vector<Decision> decisions;
    postoffice::Maildir maildir(maildir_);
    for (auto& arrival : arrivals) decisions.push_back(decide(arrival, maildir));
    try {
      maildir.commit();
      if (std::ranges::any_of(decisions,
                              [](const auto& one) { return std::holds_alternative<session::HaveIt>(one); }))
        sync_maildir(maildir_);
      for (std::size_t i = 0; i < arrivals.size(); ++i) {
        if (std::holds_alternative<session::Stored>(decisions[i])) stored(*arrivals[i].offer);
      }
      save_now_and_then();
    } catch (const std::exception& error) {
      for (auto& decision : decisions) {
        const bool claimed = std::holds_alternative<session::Stored>(decision) ||
                             std::holds_alternative<session::HaveIt>(decision);
        if (claimed) decision = session::NotStored{error.what()};
      }
    }
    return decisions;
  };
  co_return co_await store_.with_queue(job);
}

session::Inbox::Decision Collection::decide(session::Arrival& arrival, postoffice::Maildir& maildir) {
  const auto& offer = *arrival.offer;
  const auto& item = offer.envelope.item;
  if (!item)
    return session::Refusal{0, false, "this is the machine of a person, which takes its own mail only"};
  const auto name = local_name(offer.envelope.key);
  if (is_here(name, *item)) {
    note(name, *item);
    return session::HaveIt{};
  }
  auto full = store_.disk().refusal(offer.size, store_.settings()->home_po);
  if (!full.empty()) return session::NotStored{std::move(full)};
  try {
    if (!arrival.content) return std::make_unique<Parcel>(*this, offer, arrival.from_start);
    if (!session::matches(offer, digest_of(*arrival.content)))
      return session::NotStored{std::string(session::wrong_digest_words)};
    auto failure = put(maildir, offer, postoffice::content_of(std::string(as_text(*arrival.content))));
    if (!failure.empty()) return session::NotStored{std::move(failure)};
    return session::Stored{};
  } catch (const std::exception& error) {
    return session::NotStored{error.what()};
  }
}

/// Why not, if the disk refuses; durable with the commit of `maildir`.
std::string Collection::put(postoffice::Maildir& maildir, const session::Offer& offer,
                            const postoffice::Content& content) {
  const auto& item = *offer.envelope.item;
  const auto name = file_name(local_name(offer.envelope.key), item.header);
  try {
    maildir.put(name, item.header ? remark(item, content(0, 1024)) : std::string(), content);
  } catch (const postoffice::DeliveryError& error) {
    return error.what();
  }
  return {};
}

/// It is in new/ now. Its header goes, and its flags come.
void Collection::stored(const session::Offer& offer) {
  const auto& item = *offer.envelope.item;
  const auto name = local_name(offer.envelope.key);
  auto& here = here_[name];
  MailboxItem file;
  file.name = file_name(name, item.header);
  file.file = maildir_ / "new" / file.name;
  const auto flags = here.header ? here.header->flags : change_flags(item.flags, {}, {});
  if (!flags.empty() && set_flags(maildir_, file, flags)) {
    file.file = maildir_ / "cur" / (file.name + std::string(info_mark) + flags);
    file.flags = flags;
  }
  if (!item.header && here.header) {
    std::error_code ignored;  // if a mail program has renamed it, the next call finds both
    fs::remove(here.header->file, ignored);
    here.header.reset();
  }
  file.name = name;
  // Flags that could not be set are not to look like ones that were taken away here.
  auto known = item;
  if (!flags.empty() && file.flags.empty()) known.flags.clear();
  (item.header ? here.header : here.whole) = std::move(file);
  note(name, known);
}

void Collection::note(const std::string& name, const session::Item& item) {
  const auto here = here_.find(name);
  const bool header = here == here_.end() ? item.header : !here->second.whole;
  held_->items[name] = {item.number, item.size, header, change_flags(item.flags, {}, {})};
  ++unsaved_;
}

Task<std::vector<std::string>> Collection::append(std::vector<session::Portion> portions, bool durable) {
  const auto job = [this, &portions, durable](mailqueue::Queue&) {
    const auto parcel = [&](std::size_t i) -> Parcel& { return static_cast<Parcel&>(*portions[i].message); };
    // What came so far is kept; the other end goes on from there when there is room again.
    const auto full = store_.disk().refusal(0, store_.settings()->home_po);
    if (!full.empty()) return std::vector<std::string>(portions.size(), full);
    std::vector<std::string> failures(portions.size());
    postoffice::Maildir maildir(maildir_);
    std::vector<std::size_t> complete;
    for (std::size_t i = 0; i < portions.size(); ++i) {
      try {
        parcel(i).add(portions[i], durable);
        if (!portions[i].last) continue;
        if (!parcel(i).is_sound()) {
          parcel(i).discard();
          failures[i] = session::wrong_digest_words;
          continue;
        }
        failures[i] = put(maildir, parcel(i).offer(), parcel(i).content());
        if (failures[i].empty()) complete.push_back(i);
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    }
    try {
      maildir.commit();
      for (const auto i : complete) {
        stored(parcel(i).offer());
        parcel(i).discard();
      }
      save_now_and_then();
    } catch (const std::exception& error) {
      for (const auto i : complete) failures[i] = error.what();
    }
    return failures;
  };
  co_return co_await store_.with_queue(job);
}

}  // namespace external::engine
