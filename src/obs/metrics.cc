#include "obs/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <sstream>
#include <unordered_map>

#include "obs/catalog.h"

namespace vr::obs {

struct Registry::Impl {
  prometheus::Registry registry;
  std::mutex mutex;  // guards the maps
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Counter>*> counters;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Gauge>*> gauges;
  std::unordered_map<std::string_view, prometheus::Family<prometheus::Histogram>*> histograms;

  prometheus::Family<prometheus::Counter>& CounterFamily(const MetricInfo& metric) {
    const std::scoped_lock lock(mutex);
    auto& family = counters[metric.name];
    if (family == nullptr) {
      family = &prometheus::BuildCounter()
                    .Name(std::string(metric.name))
                    .Help(std::string(metric.help))
                    .Register(registry);
    }
    return *family;
  }

  prometheus::Family<prometheus::Gauge>& GaugeFamily(const MetricInfo& metric) {
    const std::scoped_lock lock(mutex);
    auto& family = gauges[metric.name];
    if (family == nullptr) {
      family = &prometheus::BuildGauge()
                    .Name(std::string(metric.name))
                    .Help(std::string(metric.help))
                    .Register(registry);
    }
    return *family;
  }

  prometheus::Family<prometheus::Histogram>& HistogramFamily(const MetricInfo& metric) {
    const std::scoped_lock lock(mutex);
    auto& family = histograms[metric.name];
    if (family == nullptr) {
      family = &prometheus::BuildHistogram()
                    .Name(std::string(metric.name))
                    .Help(std::string(metric.help))
                    .Register(registry);
    }
    return *family;
  }

  // The labels by name; false, and counted, if their number is wrong.
  bool Labels(const MetricInfo& metric, const LabelValues& values, prometheus::Labels& out) {
    if (values.size() != metric.labels.size()) {
      CounterFamily(kErrors).Add({{"reason", "metric-labels"}, {"component", "obs"}}).Increment();
      return false;
    }
    for (size_t i = 0; i < values.size(); ++i) out.emplace(metric.labels[i], values[i]);
    return true;
  }
};

namespace {

void AppendProcessMetrics(std::ostream& out) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  out << "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.\n"
      << "# TYPE process_cpu_seconds_total counter\n"
      << "process_cpu_seconds_total " << seconds(usage.ru_utime) + seconds(usage.ru_stime) << "\n";
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  if (statm >> total >> resident) {
    out << "# HELP process_resident_memory_bytes Resident memory size in bytes.\n"
        << "# TYPE process_resident_memory_bytes gauge\n"
        << "process_resident_memory_bytes "
        << resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) << "\n";
  }
}

}  // namespace

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

void Registry::Increment(const MetricInfo& metric, const LabelValues& labels, double by) {
  prometheus::Labels named;
  if (impl_->Labels(metric, labels, named)) impl_->CounterFamily(metric).Add(named).Increment(by);
}

void Registry::Set(const MetricInfo& metric, const LabelValues& labels, double value) {
  prometheus::Labels named;
  if (impl_->Labels(metric, labels, named)) impl_->GaugeFamily(metric).Add(named).Set(value);
}

void Registry::Add(const MetricInfo& metric, const LabelValues& labels, double by) {
  prometheus::Labels named;
  if (impl_->Labels(metric, labels, named)) impl_->GaugeFamily(metric).Add(named).Increment(by);
}

void Registry::Observe(const MetricInfo& metric, const LabelValues& labels, double value) {
  prometheus::Labels named;
  if (impl_->Labels(metric, labels, named))
    impl_->HistogramFamily(metric).Add(named, metric.buckets).Observe(value);
}

void Registry::Remove(const MetricInfo& metric, const LabelValues& labels) {
  prometheus::Labels named;
  if (!impl_->Labels(metric, labels, named)) return;
  switch (metric.type) {
    case MetricType::kCounter:
      impl_->CounterFamily(metric).Remove(&impl_->CounterFamily(metric).Add(named));
      return;
    case MetricType::kGauge:
      impl_->GaugeFamily(metric).Remove(&impl_->GaugeFamily(metric).Add(named));
      return;
    case MetricType::kHistogram:
      impl_->HistogramFamily(metric).Remove(
          &impl_->HistogramFamily(metric).Add(named, metric.buckets));
      return;
  }
}

std::string Registry::Serialize() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  AppendProcessMetrics(out);
  return out.str();
}

}  // namespace vr::obs
