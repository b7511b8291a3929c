// Metrics: counters, gauges and histograms with labels, in Prometheus' text format. catalog.h names
// them all.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vr::obs {

enum class MetricType { kCounter, kGauge, kHistogram };

// A metric as declared in the catalogue.
struct MetricInfo {
  std::string_view name;
  MetricType type;
  std::vector<std::string_view> labels;
  std::string_view help;
  std::vector<double> buckets = {};  // histograms only, in the metric's unit
};

using LabelValues = std::vector<std::string>;  // in the order of MetricInfo::labels

// Thread-safe. Series appear when first touched. The registry must outlive nobody: it copies what
// it is given. A wrong number of label values is a defect of the caller: the sample is dropped and
// counted in virtrigaud_errors_total{reason="metric-labels"}.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  void Increment(const MetricInfo& metric, const LabelValues& labels, double by = 1.0);  // counters
  void Set(const MetricInfo& metric, const LabelValues& labels, double value);           // gauges
  void Add(const MetricInfo& metric, const LabelValues& labels, double by);              // gauges
  void Observe(const MetricInfo& metric, const LabelValues& labels, double value);  // histograms
  // Drops one series, for example of a provider that was deleted.
  void Remove(const MetricInfo& metric, const LabelValues& labels);

  // The text exposition format, version 0.0.4; process_* metrics included.
  std::string Serialize() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::obs
