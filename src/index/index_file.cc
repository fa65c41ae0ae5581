// Header, ids, damaged ids, blocks of rows, graph, hash: read in this order, hashed on the way. Bytes go straight into
// the blocks that will be searched (a file of a gigabyte is not held twice), but nothing looks at them before the hash.
#include "index/index_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "base/file_stream.h"
#include "index/limits.h"
#include "index/simd.h"

namespace glimpse::index {
namespace {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

constexpr std::uint64_t kMagic = 0x3158'444E'4956'4C47;  // "GLVINDX1"
constexpr std::uint32_t kVersion = 1;

struct Header {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t storage = 0;
  std::uint32_t dimension = 0;
  std::uint32_t m = 0;
  std::uint32_t ef_construction = 0;
  std::uint32_t reserved = 0;
  Hash128 model;
  std::int64_t generation = 0;
  std::int64_t last_sequence = 0;
  std::int64_t last_checksum = 0;
  std::int64_t losses = 0;
  std::uint64_t rows = 0;
  std::uint64_t damaged = 0;
  std::uint64_t linked = 0;
  std::uint64_t graph_bytes = 0;
};
static_assert(sizeof(Header) == 112 && std::has_unique_object_representations_v<Header>);

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

/// Hashes what it writes.
class HashingWriter {
 public:
  explicit HashingWriter(FileWriter file) : file_(std::move(file)) {}
  Result<void> write(std::span<const std::byte> bytes) {
    hasher_.add(bytes);
    return file_.write(bytes);
  }
  Result<void> finish() {
    const Hash128 hash = hasher_.finish();
    GLIMPSE_RETURN_IF_ERROR(file_.write(std::as_bytes(std::span(&hash, 1))));
    return file_.commit();
  }

 private:
  FileWriter file_;
  Hasher hasher_;
};

/// Hashes what it reads.
class HashingReader {
 public:
  HashingReader(std::filesystem::path path, FileReader file) : path_(std::move(path)), file_(std::move(file)) {}
  std::uint64_t size_bytes() const { return file_.size_bytes(); }
  Result<void> read(std::span<std::byte> bytes) {
    GLIMPSE_RETURN_IF_ERROR(file_.read(bytes));
    hasher_.add(bytes);
    return {};
  }
  template <typename T>
  Result<void> read(std::vector<T>& values) {
    return read(std::as_writable_bytes(std::span(values)));
  }
  Result<void> check_hash() {
    Hash128 hash;
    GLIMPSE_RETURN_IF_ERROR(file_.read(std::as_writable_bytes(std::span(&hash, 1))));
    return hash == hasher_.finish() ? Result<void>() : wrong("its hash");
  }
  Error wrong(std::string_view what) const {
    return Error::corruption("{}: {} is not what is expected: the index is made anew", display(path_), what);
  }

 private:
  std::filesystem::path path_;
  FileReader file_;
  Hasher hasher_;
};

Header header_of(const IndexSource& source, const IndexContents& contents) {
  Header header;
  header.storage = static_cast<std::uint32_t>(contents.storage);
  header.dimension = static_cast<std::uint32_t>(contents.dimension);
  header.model = source.model;
  header.generation = source.generation;
  header.last_sequence = source.last_sequence;
  header.last_checksum = source.last_checksum;
  header.losses = source.losses;
  header.rows = contents.rows.total();
  header.damaged = source.damaged.size();
  if (contents.graph) {
    header.m = static_cast<std::uint32_t>(contents.graph->parameters().m);
    header.ef_construction = static_cast<std::uint32_t>(contents.graph->parameters().ef_construction);
    header.linked = contents.graph->size();
    header.graph_bytes = contents.graph->saved_bytes();
  }
  return header;
}

/// What is in the way of reading on, by the header alone.
Result<void> check_header(const HashingReader& file, const Header& header, const IndexSource& expected,
                          const IndexContents& wanted, const HnswParameters& parameters) {
  if (header.magic != kMagic || header.version != kVersion || header.reserved != 0) return file.wrong("its version");
  if (header.storage != static_cast<std::uint32_t>(wanted.storage) || header.dimension != wanted.dimension) {
    return file.wrong("the kind of its rows");
  }
  if (header.model != expected.model || header.generation != expected.generation) return file.wrong("its model");
  const bool graph = header.graph_bytes > 0;
  if (graph && (header.m != parameters.m || header.ef_construction != parameters.ef_construction)) {
    return file.wrong("the kind of its graph");
  }
  // No product below passes 2^51, so the sum is exact.
  constexpr std::uint64_t kMost = RowLocations::kNowhere, kMostBytes = std::uint64_t{1} << 50;
  if (header.rows >= kMost || header.damaged >= kMost || header.graph_bytes > kMostBytes) return file.wrong("its size");
  if (header.linked > header.rows) return file.wrong("the size of its graph");
  const RowLayout layout = wanted.rows.layout();
  const std::uint64_t size = sizeof(Header) + header.rows * (sizeof(ImageId) + layout.value_bytes + layout.side_bytes) +
                             header.damaged * sizeof(ImageId) + header.graph_bytes + sizeof(Hash128);
  return size == file.size_bytes() ? Result<void>() : file.wrong("its size");
}

}  // namespace

Result<void> save_index(const std::filesystem::path& path, const IndexSource& source, const IndexContents& contents) {
  GLIMPSE_ASSIGN_OR_RETURN(auto created, FileWriter::create(path));
  HashingWriter file(std::move(created));
  const Header header = header_of(source, contents);
  GLIMPSE_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(&header, 1))));
  const Rows& rows = contents.rows;
  for (std::size_t block = 0; block < rows.blocks(); ++block) {
    GLIMPSE_RETURN_IF_ERROR(file.write(bytes_of(rows.ids(block))));
  }
  GLIMPSE_RETURN_IF_ERROR(file.write(bytes_of(source.damaged)));
  for (std::size_t block = 0; block < rows.blocks(); ++block) {
    const std::size_t count = rows.ids(block).size();
    GLIMPSE_RETURN_IF_ERROR(file.write({rows.values(block, 0), count * rows.layout().value_bytes}));
    GLIMPSE_RETURN_IF_ERROR(file.write({rows.side(block, 0), count * rows.layout().side_bytes}));
  }
  if (contents.graph) {
    Result<void> written;
    contents.graph->save([&](std::span<const std::byte> bytes) {
      written = file.write(bytes);
      return written.has_value();
    });
    GLIMPSE_RETURN_IF_ERROR(written);
  }
  return file.finish();
}

Result<IndexFile> load_index(const std::filesystem::path& path, const IndexSource& expected, RowStorage storage,
                             std::size_t dimension, const HnswParameters& parameters) {
  GLIMPSE_ASSIGN_OR_RETURN(auto opened, FileReader::open(path));
  HashingReader file(path, std::move(opened));
  const RowLayout layout = RowCodec(dimension, storage, SimdLevel::kScalar).layout();
  IndexFile loaded{.source = expected, .contents = {dimension, storage, Rows(layout), nullptr}};
  Header header;
  GLIMPSE_RETURN_IF_ERROR(file.read(std::as_writable_bytes(std::span(&header, 1))));
  GLIMPSE_RETURN_IF_ERROR(check_header(file, header, expected, loaded.contents, parameters));
  std::vector<ImageId> ids(static_cast<std::size_t>(header.rows));
  loaded.source.damaged.resize(static_cast<std::size_t>(header.damaged));
  GLIMPSE_RETURN_IF_ERROR(file.read(ids));
  GLIMPSE_RETURN_IF_ERROR(file.read(loaded.source.damaged));
  const auto read_block = [&](std::size_t count, RowPlace to) -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(file.read({to.values, count * layout.value_bytes}));
    return file.read({to.side, count * layout.side_bytes});
  };
  GLIMPSE_ASSIGN_OR_RETURN(loaded.contents.rows, Rows::restore(layout, ids, read_block));
  std::vector<std::byte> graph(static_cast<std::size_t>(header.graph_bytes));
  GLIMPSE_RETURN_IF_ERROR(file.read(graph));
  GLIMPSE_RETURN_IF_ERROR(file.check_hash());
  if (!graph.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(loaded.contents.graph,
                             HnswGraph::load(graph, static_cast<std::size_t>(header.linked), parameters));
  }
  loaded.source.last_sequence = header.last_sequence;
  loaded.source.last_checksum = header.last_checksum;
  loaded.source.losses = header.losses;
  return loaded;
}

Result<void> check_index_file(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(auto opened, FileReader::open(path));
  HashingReader file(path, std::move(opened));
  Header header;
  if (file.size_bytes() < sizeof(Header) + sizeof(Hash128)) return file.wrong("its size");
  GLIMPSE_RETURN_IF_ERROR(file.read(std::as_writable_bytes(std::span(&header, 1))));
  if (header.magic != kMagic) return file.wrong("its beginning");
  if (header.version != kVersion) {
    return Error::unsupported("{}: version {}, this build has {}", display(path), header.version, kVersion);
  }
  std::vector<std::byte> part(std::size_t{1} << 20);
  for (std::uint64_t left = file.size_bytes() - sizeof(Header) - sizeof(Hash128); left > 0;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, part.size()));
    GLIMPSE_RETURN_IF_ERROR(file.read(std::span(part).first(count)));
    left -= count;
  }
  return file.check_hash();
}

}  // namespace glimpse::index
