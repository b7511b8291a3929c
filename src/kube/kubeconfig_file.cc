#include "kube/kubeconfig_file.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "kube/yaml.h"

namespace vr::kube {
namespace {

using Json = nlohmann::json;

// Reads the fields of one mapping; remembers the first that has a wrong type.
class Fields {
 public:
  // `object` may be null: then every field is missing.
  Fields(const Json* object, std::string path) : object_(object), path_(std::move(path)) {
    if (object != nullptr && !object->is_object()) Fail("", "a mapping");
  }

  const Json* Find(const char* name) const {
    if (object_ == nullptr || !object_->is_object()) return nullptr;
    const auto it = object_->find(name);
    return it == object_->end() || it->is_null() ? nullptr : &*it;
  }

  std::string Text(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr) return "";
    if (value->is_string()) return value->get<std::string>();
    Fail(name, value->is_number() || value->is_boolean() ? "text (put it in quotes)" : "text");
    return "";
  }

  bool Flag(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr) return false;
    if (value->is_boolean()) return value->get<bool>();
    Fail(name, "true or false");
    return false;
  }

  std::vector<std::string> Texts(const char* name) {
    const Json* value = Find(name);
    return value == nullptr ? std::vector<std::string>() : TextsOf(name, *value);
  }

  std::vector<std::string> TextsOf(const std::string& name, const Json& value) {
    std::vector<std::string> texts;
    if (!value.is_array()) Fail(name, "a list");
    for (const Json& item : value) {
      if (value.is_array() && item.is_string()) {
        texts.push_back(item.get<std::string>());
      } else {
        Fail(name, "a list of texts");
      }
    }
    return texts;
  }

  // The items of a list of mappings, each with its path.
  std::vector<std::pair<std::string, const Json*>> Items(const char* name) {
    std::vector<std::pair<std::string, const Json*>> items;
    const Json* value = Find(name);
    if (value == nullptr) return items;
    if (!value->is_array()) {
      Fail(name, "a list");
      return items;
    }
    for (size_t i = 0; i < value->size(); ++i) {
      if (!(*value)[i].is_object()) Fail(name, "a list of mappings");
      items.emplace_back(PathOf(name) + "[" + std::to_string(i) + "]", &(*value)[i]);
    }
    return items;
  }

  void Fail(const std::string& name, const std::string& expected) {
    if (!status_) return;
    const std::string where = PathOf(name);
    status_ = Error{ErrorKind::kInvalidSpec,
                    (where.empty() ? "the document" : where) + " must be " + expected,
                    {}};
  }
  std::string PathOf(const std::string& name) const {
    return path_.empty() || name.empty() ? path_ + name : path_ + "." + name;
  }
  const Status& status() const { return status_; }

 private:
  const Json* object_;
  const std::string path_;
  Status status_;
};

Fields Inside(const Fields& fields, const char* name) {
  return {fields.Find(name), fields.PathOf(name)};
}

// The extension in which cluster administrators leave settings for exec plug-ins.
Result<std::shared_ptr<const Json>> ParseExecConfig(Fields& cluster) {
  for (const auto& [path, item] : cluster.Items("extensions")) {
    Fields extension(item, path);
    const std::string name = extension.Text("name");
    VR_RETURN_IF_ERROR(extension.status());
    const Json* value = extension.Find("extension");
    if (name == "client.authentication.k8s.io/exec" && value != nullptr)
      return std::make_shared<const Json>(*value);
  }
  return std::shared_ptr<const Json>();
}

Result<KubeconfigCluster> ParseCluster(Fields fields) {
  KubeconfigCluster cluster;
  cluster.server = fields.Text("server");
  cluster.ca_file = fields.Text("certificate-authority");
  cluster.ca_data = fields.Text("certificate-authority-data");
  cluster.tls_server_name = fields.Text("tls-server-name");
  cluster.proxy_url = fields.Text("proxy-url");
  cluster.insecure = fields.Flag("insecure-skip-tls-verify");
  VR_ASSIGN_OR_RETURN(cluster.exec_config, ParseExecConfig(fields));
  VR_RETURN_IF_ERROR(fields.status());
  return cluster;
}

Result<std::shared_ptr<const KubeconfigExec>> ParseExec(Fields fields) {
  auto exec = std::make_shared<KubeconfigExec>();
  exec->api_version = fields.Text("apiVersion");
  exec->command = fields.Text("command");
  exec->args = fields.Texts("args");
  for (const auto& [path, item] : fields.Items("env")) {
    Fields variable(item, path);
    const std::string name = variable.Text("name");
    exec->env[name] = variable.Text("value");
    if (name.empty() || name.find('=') != std::string::npos)
      variable.Fail("name", "a variable's name");
    VR_RETURN_IF_ERROR(variable.status());
  }
  exec->install_hint = fields.Text("installHint");
  exec->interactive_mode = fields.Text("interactiveMode");
  exec->provide_cluster_info = fields.Flag("provideClusterInfo");
  VR_RETURN_IF_ERROR(fields.status());
  return std::shared_ptr<const KubeconfigExec>(std::move(exec));
}

Result<KubeconfigUser> ParseUser(Fields fields) {
  KubeconfigUser user;
  user.cert_file = fields.Text("client-certificate");
  user.cert_data = fields.Text("client-certificate-data");
  user.key_file = fields.Text("client-key");
  user.key_data = fields.Text("client-key-data");
  user.token = fields.Text("token");
  user.token_file = fields.Text("tokenFile");
  user.username = fields.Text("username");
  user.password = fields.Text("password");
  user.as = fields.Text("as");
  user.as_uid = fields.Text("as-uid");
  user.as_groups = fields.Texts("as-groups");
  if (const Json* extra = fields.Find("as-user-extra")) {
    if (!extra->is_object()) fields.Fail("as-user-extra", "a mapping");
    for (const auto& [name, values] : extra->items()) {
      if (extra->is_object()) user.as_extra[name] = fields.TextsOf("as-user-extra." + name, values);
    }
  }
  if (fields.Find("auth-provider") != nullptr) {
    Fields provider = Inside(fields, "auth-provider");
    const std::string name = provider.Text("name");
    user.auth_provider = name.empty() ? "unnamed" : name;
    VR_RETURN_IF_ERROR(provider.status());
  }
  if (fields.Find("exec") != nullptr) {
    VR_ASSIGN_OR_RETURN(user.exec, ParseExec(Inside(fields, "exec")));
  }
  VR_RETURN_IF_ERROR(fields.status());
  return user;
}

Result<KubeconfigContext> ParseContext(Fields fields) {
  KubeconfigContext context;
  context.cluster = fields.Text("cluster");
  context.user = fields.Text("user");
  context.ns = fields.Text("namespace");
  VR_RETURN_IF_ERROR(fields.status());
  return context;
}

// A list such as `clusters: [{name: x, cluster: {...}}]`. Of equal names the first wins.
template <class T, class Parse>
Status ParseNamed(Fields& root, const char* list, const char* content,
                  const std::filesystem::path& file, const Parse& parse,
                  std::map<std::string, T>& named) {
  for (const auto& [path, item] : root.Items(list)) {
    Fields entry(item, path);
    const std::string name = entry.Text("name");
    if (name.empty()) entry.Fail("name", "given");
    VR_RETURN_IF_ERROR(entry.status());
    VR_ASSIGN_OR_RETURN(T value, parse(Fields(entry.Find(content),
                                              std::string(list) + "['" + name + "']." + content)));
    value.file = file;
    named.emplace(name, std::move(value));
  }
  return root.status();
}

}  // namespace

Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::filesystem::path& file) {
  VR_ASSIGN_OR_RETURN(const std::vector<Json> documents, ParseYaml(text));
  Kubeconfig config;
  if (documents.empty()) return config;
  Fields root(&documents[0], "");
  if (documents.size() > 1) root.Fail("", "the only one in the file");
  const std::string kind = root.Text("kind");
  if (!kind.empty() && kind != "Config") root.Fail("kind", "Config");
  config.current_context = root.Text("current-context");
  VR_RETURN_IF_ERROR(root.status());
  VR_RETURN_IF_ERROR(ParseNamed(root, "clusters", "cluster", file, &ParseCluster, config.clusters));
  VR_RETURN_IF_ERROR(ParseNamed(root, "users", "user", file, &ParseUser, config.users));
  VR_RETURN_IF_ERROR(ParseNamed(root, "contexts", "context", file, &ParseContext, config.contexts));
  return config;
}

void MergeKubeconfig(Kubeconfig& into, const Kubeconfig& later) {
  if (into.current_context.empty()) into.current_context = later.current_context;
  into.clusters.insert(later.clusters.begin(), later.clusters.end());
  into.users.insert(later.users.begin(), later.users.end());
  into.contexts.insert(later.contexts.begin(), later.contexts.end());
}

}  // namespace vr::kube
