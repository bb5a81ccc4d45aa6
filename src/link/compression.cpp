#include "compression.h"

#include <external/link/link.h>

#define ZSTD_STATIC_LINKING_ONLY  // for a whole dictionary as prefix, whose tables are as large as the
                                  // stream's
#include <zstd.h>
#include <zstd_errors.h>

#include <limits>
#include <new>

namespace external::link {

namespace {

struct Parameters {
  int level;  // zstd's; the others, where not 0, instead of the level's own
  int window_log;
  int hash_log = 0;
  int chain_log = 0;
};

// Windows are as large as the level's tables can make use of: memory counts where calls are many.
Parameters parameters_of(CompressionLevel level) {
  switch (level) {
    case CompressionLevel::off:
    case CompressionLevel::least:
      return {.level = 1, .window_log = 19};
    case CompressionLevel::low:
      return {.level = 3, .window_log = 20};
    case CompressionLevel::middle:
      return {.level = 6, .window_log = 20, .hash_log = 18, .chain_log = 18};
    case CompressionLevel::high:
      return {.level = 9, .window_log = 20, .hash_log = 18, .chain_log = 18};
    case CompressionLevel::higher:
      return {.level = 12, .window_log = 21, .hash_log = 19, .chain_log = 20};
    case CompressionLevel::best:
      break;
  }
  // In tables that fit the window; zstd's own take 90 MB. Levels 20 to 22 differ in nothing but time then.
  return {.level = 19, .window_log = largest_window_log, .hash_log = 19, .chain_log = 22};
}

void check(std::size_t result) {
  if (ZSTD_isError(result) == 0) return;
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  throw std::logic_error(std::string("zstd: ") + ZSTD_getErrorName(result));
}

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  if (value != 0) check(ZSTD_CCtx_setParameter(context, parameter, value));
}

void configure(ZSTD_CCtx* context, const Parameters& parameters) {
  set(context, ZSTD_c_compressionLevel, parameters.level);
  set(context, ZSTD_c_windowLog, parameters.window_log);
  set(context, ZSTD_c_hashLog, parameters.hash_log);
  set(context, ZSTD_c_chainLog, parameters.chain_log);
  // A call is long. Without being told, zstd takes the dictionary's size for that of the whole stream.
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_srcSizeHint, std::numeric_limits<int>::max()));
  // The link knows sizes, checks and dictionary already.
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0));
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0));
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0));
}

// Runs the compressor until it has said everything it has to.
void run(ZSTD_CCtx* context, ByteView plain, ZSTD_EndDirective end, Bytes& out) {
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  std::size_t rest = 0;
  std::size_t used = out.size();
  do {
    out.resize(used + std::max<std::size_t>(rest, 256 + (in.size - in.pos) / 2));
    ZSTD_outBuffer to{out.data(), out.size(), used};
    rest = ZSTD_compressStream2(context, &to, &in, end);
    check(rest);
    used = to.pos;
  } while (rest != 0 || in.pos < in.size);
  out.resize(used);
}

}  // namespace

void Compressor::Free::operator()(ZSTD_CCtx* context) const {
  ZSTD_freeCCtx(context);
}

Compressor::Compressor(CompressionLevel level, std::shared_ptr<const MailDictionary> dictionary)
    : level_(level), dictionary_(std::move(dictionary)) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

void Compressor::prepare() {
  if (context_) return;
  context_.reset(ZSTD_createCCtx());
  if (!context_) throw std::bad_alloc();
  configure(context_.get(), parameters_of(level_));
  if (!dictionary_) return;
  // As prefix and not digested beforehand: a digest would force its own small tables on the whole stream.
  const auto content = dictionary_->content();
  check(ZSTD_CCtx_refPrefix_advanced(context_.get(), content.data(), content.size(), ZSTD_dct_fullDict));
  ZSTD_inBuffer nothing{nullptr, 0, 0};
  ZSTD_outBuffer nowhere{nullptr, 0, 0};
  check(ZSTD_compressStream2(context_.get(), &nowhere, &nothing, ZSTD_e_continue));
}

Bytes Compressor::compress(ByteView plain) {
  Bytes out;
  if (plain.empty()) return out;
  // Ends the frame of a context that is gone with an empty last block (RFC 8878, 3.1.1.2).
  if (frame_open_ && !context_) out = {1, 0, 0};
  prepare();
  run(context_.get(), plain, ZSTD_e_flush, out);
  frame_open_ = true;
  return out;
}

void Compressor::set_level(CompressionLevel level) {
  if (level == level_) return;
  level_ = level;
  release();
}

void Compressor::release() {
  context_.reset();
}

std::size_t Compressor::memory() const {
  return context_ ? ZSTD_sizeof_CCtx(context_.get()) : 0;
}

void Decompressor::Free::operator()(ZSTD_DCtx* context) const {
  ZSTD_freeDCtx(context);
}

Decompressor::Decompressor(std::shared_ptr<const MailDictionary> dictionary)
    : dictionary_(std::move(dictionary)) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

ZSTD_DCtx* Decompressor::context() {
  if (context_) return context_.get();
  context_.reset(ZSTD_createDCtx());
  if (!context_) throw std::bad_alloc();
  check(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log));
  if (dictionary_) check(ZSTD_DCtx_refDDict(context_.get(), dictionary_->digest()));
  return context_.get();
}

Result<Bytes> Decompressor::decompress(ByteView compressed, std::size_t limit) {
  if (failed_) return make_error_code(Error::protocol);
  Bytes plain;
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  std::size_t used = 0;
  bool full = true;
  while (in.pos < in.size || full) {
    // One byte more than allowed, which tells a stream that ends at the limit from one that goes on.
    const auto room = std::min(limit + 1, used + std::max<std::size_t>(4096, 6 * (in.size - in.pos)));
    plain.resize(room);
    ZSTD_outBuffer to{plain.data(), plain.size(), used};
    const auto before = in.pos;
    failed_ = ZSTD_isError(ZSTD_decompressStream(context(), &to, &in)) != 0 || to.pos > limit;
    if (failed_) return make_error_code(Error::protocol);
    full = to.pos == to.size;
    if (!full && in.pos == before && to.pos == used) break;
    used = to.pos;
  }
  plain.resize(used);
  return plain;
}

void Decompressor::release() {
  context_.reset();
}

std::size_t Decompressor::memory() const {
  return context_ ? ZSTD_sizeof_DCtx(context_.get()) : 0;
}

}  // namespace external::link
