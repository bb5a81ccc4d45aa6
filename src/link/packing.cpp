#include "packing.h"

#include <external/link/wire.h>

#include <cmath>

namespace external::link {

namespace {

// The first byte tells how the rest is packed.
constexpr std::uint8_t packed_plain = 0;
constexpr std::uint8_t packed_compressed = 1;
constexpr std::uint8_t packed_alone = 4;  // 4 to 7: as it is, and all of it a piece of stream 0 to 3
constexpr std::size_t packet_head = 1;

constexpr std::size_t room_for_seal = 16;  // or more

constexpr double highest_ratio = 12;
constexpr std::size_t smallest_sample = 1024;
constexpr std::size_t smallest_compressed = 24;  // less would only grow
constexpr unsigned turns_of_normal = 8;

/// Bits per byte that the frequencies of the bytes alone would allow: 8 for random bytes, 6 for base64, less
/// than 5 for text.
double entropy(ByteView bytes) {
  std::array<std::uint32_t, 256> counts{};
  for (const auto byte : bytes) ++counts[byte];
  double bits = 0;
  const auto total = static_cast<double>(bytes.size());
  for (const auto count : counts) {
    if (count > 0) bits += count * std::log2(total / count);
  }
  return bytes.empty() ? 0 : bits / total;
}

/// What compression can be expected to reach at most.
double ratio_limit(ByteView bytes) {
  constexpr std::size_t sample = 16 * 1024;
  constexpr double bits_of_random = 7.5;
  constexpr double bits_of_base64 = 5.5;
  const double bits = entropy(bytes.first(std::min(bytes.size(), sample)));
  if (bits > bits_of_random) return 1;
  return bits > bits_of_base64 ? 1.4 : highest_ratio;
}

Bytes joined(const std::vector<Cut>& pieces) {
  Writer plain;
  for (const auto& piece : pieces) {
    plain.varint(piece.bytes.size() << 2 | static_cast<std::uint8_t>(piece.stream)).bytes(piece.bytes);
  }
  return plain.take();
}

/// Room for the seal is left, which comes behind it.
Bytes headed(std::uint8_t how, ByteView body) {
  Bytes out;
  out.reserve(packet_head + body.size() + room_for_seal);
  out.push_back(how);
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Bytes alone(const Cut& piece) {
  return headed(static_cast<std::uint8_t>(packed_alone | static_cast<std::uint8_t>(piece.stream)),
                piece.bytes);
}

CompressionLevel first_level(unsigned bits_per_second) {
  return bits_per_second == 0 ? CompressionLevel::low : level_for(bits_per_second);
}

}  // namespace

Packer::Packer(unsigned bits_per_second)
    : speed_known_(bits_per_second != 0), level_(first_level(bits_per_second)), compressor_(level_) {}

void Packer::use(std::shared_ptr<const MailDictionary> dictionary) {
  compressor_ = Compressor(compressor_.level(), std::move(dictionary));
}

void Packer::sent(std::size_t size, Duration making, Duration sending, TimePoint now) {
  if (speed_known_) return;
  const double seconds = std::chrono::duration<double>(making + sending).count();
  if (seconds <= 0) return;
  constexpr double weight = 0.125;
  const double bits = 8 * static_cast<double>(size) / seconds;
  speed_ = speed_ == 0 ? bits : speed_ + weight * (bits - speed_);
  const auto waited = sending < making ? LevelControl::Waited::line : LevelControl::Waited::us;
  // A line may also be slow because the other end, perhaps on this very computer, is busy: where mail flows
  // fast no more of the processor is taken than on a line known to be that fast.
  const auto most = level_for(static_cast<unsigned>(std::clamp(speed_, 1.0, 4e9)));
  level_ = std::min(control_.chunk(waited, now), most);
  if (level_ != CompressionLevel::off) compressor_.set_level(level_);
}

bool Packer::has_room(std::size_t waiting, std::size_t more, std::size_t size) const {
  if (!speed_known_) return static_cast<double>(waiting) < static_cast<double>(size) * 2 * ratio_;
  const auto chunk = plain_of(size);
  return waiting + std::min(more, portion(size)) <= (compressible() ? chunk * 7 / 4 : chunk * 7 / 2);
}

std::size_t Packer::portion(std::size_t size) const {
  return compressible() ? plain_of(size) / 2 : plain_of(size) * 3;
}

std::size_t Packer::plain_of(std::size_t size) const {
  return static_cast<std::size_t>(static_cast<double>(size) * expected_);
}

double Packer::expected_ratio(const StreamQueues& queues, std::size_t size) {
  if (level_ == CompressionLevel::off) return 1;
  const auto expected = static_cast<std::size_t>(static_cast<double>(size) * ratio_);
  ByteView first;
  for (const auto& queue : queues) {
    if (queue.size() > first.size()) first = queue.front(expected);
  }
  if (first.size() <= size / 2) return ratio_;
  expected_ = std::min(ratio_limit(first), ratio_);
  return expected_;
}

std::size_t Packer::plain_size(const StreamQueues& queues, std::size_t size) {
  const auto full = static_cast<std::size_t>(static_cast<double>(size) * expected_ratio(queues, size));
  // The last chunk holds up the answers to what the other end sends meanwhile: make it a small one.
  std::size_t waiting = 0;
  for (const auto& queue : queues) waiting += queue.size();
  const bool last = waiting <= full && waiting > full / 2;
  return last ? waiting / 2 : full;
}

/// Urgent before normal before low; but so that low is not forgotten, it is normal's elder now and then.
std::array<Stream, stream_count> Packer::order() {
  if (++turn_ % turns_of_normal == 0) return {Stream::control, Stream::urgent, Stream::low, Stream::normal};
  return {Stream::control, Stream::urgent, Stream::normal, Stream::low};
}

std::optional<Bytes> Packer::pack(StreamQueues& queues, std::size_t size) {
  constexpr std::size_t piece_head = 3;
  std::size_t left = plain_size(queues, size - packet_head - piece_head);
  std::vector<Cut> cuts;
  for (const auto stream : order()) {
    const auto bytes = queues[static_cast<std::size_t>(stream)].front(left);
    if (bytes.empty()) continue;
    cuts.push_back({stream, bytes});
    left -= bytes.size();
  }
  if (cuts.empty()) return std::nullopt;
  Bytes chunk = packed(cuts);
  for (const auto& cut : cuts) queues[static_cast<std::size_t>(cut.stream)].drop(cut.bytes.size());
  return chunk;
}

Bytes Packer::packed(const std::vector<Cut>& pieces) {
  const bool one = pieces.size() == 1;
  // Looked at before it is copied: what is large is most often alone, and compressed already.
  if (one && !pays(pieces.front().bytes)) return alone(pieces.front());
  const Bytes plain = joined(pieces);
  if (!one && !pays(plain)) return headed(packed_plain, plain);
  const Bytes body = compressor_.compress(plain);
  const double now = static_cast<double>(plain.size()) / static_cast<double>(body.size());
  // Slowly up and at once down: too large a chunk holds everything up that comes behind it.
  if (plain.size() > smallest_sample) ratio_ = std::clamp(now, 1.0, std::min(highest_ratio, ratio_ * 1.25));
  return headed(packed_compressed, body);
}

bool Packer::pays(ByteView plain) const {
  return level_ != CompressionLevel::off && plain.size() >= smallest_compressed && worth_compressing(plain);
}

std::optional<std::vector<Piece>> Unpacker::unpack(ByteView packed, std::size_t limit) {
  if (packed.size() <= packet_head || packed.size() > limit) return std::nullopt;
  const auto body = packed.subspan(packet_head);
  if (packed[0] >= packed_alone && packed[0] < packed_alone + stream_count) {
    const auto stream = static_cast<Stream>(packed[0] - packed_alone);
    return std::vector<Piece>{{stream, Bytes(body.begin(), body.end())}};
  }
  const Result<Bytes> plain = packed[0] == packed_compressed ? decompressor_.decompress(body, limit)
                                                             : Bytes(body.begin(), body.end());
  if (!plain || packed[0] > packed_compressed) return std::nullopt;
  Reader in(*plain);
  std::vector<Piece> pieces;
  while (in.ok() && !in.at_end()) {
    const auto piece_head = in.varint();
    const auto bytes = in.bytes(piece_head >> 2);
    if (!in.ok() || bytes.empty()) return std::nullopt;
    pieces.push_back({static_cast<Stream>(piece_head & 3), Bytes(bytes.begin(), bytes.end())});
  }
  if (!in.ok() || pieces.empty()) return std::nullopt;
  return pieces;
}

}  // namespace external::link
