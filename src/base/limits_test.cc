// Limits of the machine, read from trees as systemd, Docker and Kubernetes make them.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/cgroup.h"
#include "base/cpu.h"
#include "base/memory.h"
#include "base/temp_directory.h"

namespace glimpse {
namespace {

constexpr const char* kUnified = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::uint64_t kMiB = 1 << 20;

class Limits : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text) {
    const auto path = system_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  CgroupLimits read() const { return read_cgroup_limits(system_.path()); }

  TempDirectory system_;
};

TEST_F(Limits, NothingToldIsNoLimit) {
  EXPECT_FALSE(read().processors);
  EXPECT_FALSE(read().memory_bytes);
  EXPECT_EQ(available_memory(system_.path()), 0u);
  put("proc/self/mountinfo", kUnified);
  put("proc/self/cgroup", "0::/user.slice\n");
  put("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/user.slice/memory.max", "max\n");
  EXPECT_FALSE(read().processors);
  EXPECT_FALSE(read().memory_bytes);
}

TEST_F(Limits, TheTightestGroupOnTheWayUpBinds) {
  put("proc/self/mountinfo", kUnified);
  put("proc/self/cgroup", "0::/system.slice/glimpse.service\n");
  put("sys/fs/cgroup/system.slice/glimpse.service/cpu.max", "300000 100000\n");
  put("sys/fs/cgroup/system.slice/glimpse.service/memory.max", "max\n");
  put("sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
  put("sys/fs/cgroup/other.slice/memory.max", "1\n");
  EXPECT_EQ(read().processors, 1.5);
  EXPECT_EQ(read().memory_bytes, 1024 * kMiB);
  put("sys/fs/cgroup/system.slice/glimpse.service/memory.high", "536870912\n");
  EXPECT_EQ(read().memory_bytes, 512 * kMiB);
}

TEST_F(Limits, AContainerThatSeesItsGroupAsTheRoot) {
  put("proc/self/mountinfo", kUnified);
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  put("sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(read().processors, 0.5);
  EXPECT_EQ(read().memory_bytes, 256 * kMiB);
}

TEST_F(Limits, Version1AsDockerMountsIt) {
  put("proc/self/mountinfo",
      "40 30 0:33 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
      "41 30 0:34 /docker/abc /sys/fs/cgroup/memory ro master:20 - cgroup cgroup rw,memory\n"
      "42 30 0:35 / /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n");
  put("proc/self/cgroup", "5:memory:/docker/abc/inner\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/\n");
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  put("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(read().processors, 2.5);
  EXPECT_EQ(read().memory_bytes, 2048 * kMiB);
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  EXPECT_FALSE(read().processors);
}

TEST_F(Limits, AGroupOutsideOfWhatIsMountedLeavesTheMountPoint) {
  put("proc/self/mountinfo", "40 30 0:33 /kubepods/pod1 /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
  put("proc/self/cgroup", "0::/../../elsewhere\n");
  put("sys/fs/cgroup/memory.max", "1048576\n");
  EXPECT_EQ(read().memory_bytes, kMiB);
}

TEST_F(Limits, MemoryIsTheMachinesCutToTheGroups) {
  put("proc/meminfo", "MemTotal:        4194304 kB\nMemFree:         1000000 kB\n");
  EXPECT_EQ(available_memory(system_.path()), 4096 * kMiB);
  put("proc/self/mountinfo", kUnified);
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(available_memory(system_.path()), 1024 * kMiB);
  put("sys/fs/cgroup/memory.max", "8589934592\n");
  EXPECT_EQ(available_memory(system_.path()), 4096 * kMiB);
}

TEST(Processors, AreThoseOfTheMaskCutToTheQuota) {
  EXPECT_EQ(usable_cpus(8, std::nullopt), 8);
  EXPECT_EQ(usable_cpus(8, 2.0), 2);
  EXPECT_EQ(usable_cpus(8, 1.5), 2);
  EXPECT_EQ(usable_cpus(8, 2.01), 2);
  EXPECT_EQ(usable_cpus(8, 0.2), 1);
  EXPECT_EQ(usable_cpus(2, 16.0), 2);
  EXPECT_GE(available_cpus(), 1);
}

TEST(ProcessMemory, SeesWhatIsAllocatedAndThatItWas) {
  const std::uint64_t before = process_memory().resident;
  ASSERT_GT(before, 0u);
  {
    const std::vector<char> block(64 * kMiB, 1);
    EXPECT_GE(process_memory().resident, before + 60 * kMiB);
  }
  return_freed_memory();
  EXPECT_LT(process_memory().resident, before + 30 * kMiB);
  EXPECT_GE(process_memory().peak, before + 60 * kMiB);
}

TEST(ProcessMemory, ThePeakCanBeForgotten) {
  constexpr std::uint64_t kBytes = 96 * kMiB;
  {
    const std::vector<char> touched(kBytes, 1);
  }
  const auto before = process_memory();
  ASSERT_GE(before.peak, kBytes);
  if (!forget_peak_memory()) GTEST_SKIP() << "this system does not reset it";
  EXPECT_LE(process_memory().peak, before.peak - kBytes / 2);
}

TEST(Bytes, AreReadInTheUsualSpellings) {
  EXPECT_EQ(parse_bytes("1G").value(), 1024 * kMiB);
  EXPECT_EQ(parse_bytes("1.5 GiB").value(), 1536 * kMiB);
  EXPECT_EQ(parse_bytes("800mb").value(), 800 * kMiB);
  EXPECT_EQ(parse_bytes("65536K").value(), 64 * kMiB);
  EXPECT_EQ(parse_bytes("4096").value(), 4096u);
  for (const char* text : {"", "G", "1X", "-1G", "1Gx", "nan", "1e40", "0x10"}) EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Bytes, AreSaidAsPeopleReadThem) {
  EXPECT_EQ(readable_bytes(512 * kMiB), "512 MB");
  EXPECT_EQ(readable_bytes(1536 * kMiB), "1.5 GB");
  EXPECT_EQ(readable_bytes(2048 * kMiB), "2 GB");
  EXPECT_EQ(readable_bytes(17), "17 bytes");
}

}  // namespace
}  // namespace glimpse
