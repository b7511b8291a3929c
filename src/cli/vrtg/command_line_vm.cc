// vrtg vm ...
#include "cli/vrtg/command_line.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); }, "");
}

CLI::Option* AddName(CLI::App* command, std::string& name, const char* description = "Name") {
  return command->add_option("name", name, description)->check(NotEmpty());
}

CLI::Option* AddNames(CLI::App* command, std::vector<std::string>& names) {
  return command->add_option("name", names, "Names")->check(NotEmpty());
}

CLI::Option* AddSelector(CLI::App* command, std::string& selector) {
  return command
      ->add_option("-l,--selector,--label-selector", selector, "For example app=web,env=prod")
      ->check(NotEmpty());
}

Error Usage(const std::string& message) { return Error{ErrorKind::kInvalidSpec, message, {}}; }

// Which machines: by name or by label, and not everything by mistake.
Status CheckWhich(const std::vector<std::string>& names, const std::string& selector) {
  if (names.empty() && selector.empty()) return Usage("names, or -l with labels, are missing");
  if (!names.empty() && !selector.empty()) return Usage("give names or -l, not both");
  return {};
}

Status CheckList(const Env&, const VmListOptions& options) { return CheckVmList(options); }

void AddVmList(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmListOptions>();
  CLI::App* list = AddCommand(
      vm, "list", "List virtual machines",
      "  vrtg vm list\n  vrtg vm list -A -o wide\n  vrtg vm list -l app=web --sort-by powerState\n"
      "  vrtg vm list --field-selector spec.powerState=On\n"
      "  vrtg vm list -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'");
  list->add_flag("-A,--all-namespaces", options->all_namespaces, "In all namespaces");
  AddSelector(list, options->label_selector);
  list->add_option("--field-selector", options->field_selector, "For example spec.powerState=On");
  list->add_option("--sort-by", options->sort_by,
                   "name, namespace, powerState, provider, phase, class, image, age or a JSONPath");
  list->add_flag("-w,--watch", options->watch, "Go on with changes");
  OnRun(line, list, options, CheckList, VmList);

  auto watch_options = std::make_shared<VmListOptions>();
  watch_options->watch = true;
  CLI::App* watch =
      AddCommand(vm, "watch", "Watch virtual machines change; --timeout says for how long",
                 "  vrtg vm watch\n  vrtg vm watch web --timeout 5m");
  AddName(watch, watch_options->name, "Only this one");
  watch->add_flag("-A,--all-namespaces", watch_options->all_namespaces, "In all namespaces");
  AddSelector(watch, watch_options->label_selector);
  watch->add_option("--field-selector", watch_options->field_selector,
                    "For example spec.powerState=On");
  OnRun(line, watch, watch_options, CheckList, VmList);
}

void AddVmGet(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmGetOptions>();
  CLI::App* get =
      AddCommand(vm, "get", "Show virtual machines by name or label",
                 "  vrtg vm get web\n  vrtg vm get web -o yaml\n  vrtg vm get web --watch\n"
                 "  vrtg vm get -l app=web");
  AddNames(get, options->names);
  AddSelector(get, options->label_selector);
  get->add_flag("-w,--watch", options->watch, "Go on with changes");
  OnRun(
      line, get, options,
      [](const Env&, const VmGetOptions& o) -> Status {
        VR_RETURN_IF_ERROR(CheckWhich(o.names, o.label_selector));
        if (o.watch && o.names.size() > 1) return Usage("--watch follows one name, or those of -l");
        return {};
      },
      VmGet);
}

void AddVmReaders(CommandLine& line, CLI::App& vm) {
  auto described = std::make_shared<std::string>();
  CLI::App* describe =
      AddCommand(vm, "describe", "Show one virtual machine with its conditions and events",
                 "  vrtg vm describe web\n  vrtg vm describe web -o yaml");
  AddName(describe, *described)->required();
  OnRun(line, describe, described, VmDescribe);

  auto events_of = std::make_shared<VmEventsOptions>();
  CLI::App* events =
      AddCommand(vm, "events", "Show what happened to virtual machines",
                 "  vrtg vm events web\n  vrtg vm events web --watch\n  vrtg vm events -A");
  AddName(events, events_of->name, "Only this one");
  events->add_flag("-A,--all-namespaces", events_of->all_namespaces, "In all namespaces");
  events->add_flag("-w,--watch", events_of->watch, "Go on with new events");
  OnRun(
      line, events, events_of,
      [](const Env&, const VmEventsOptions& o) -> Status {
        if (o.all_namespaces && !o.name.empty()) return Usage("give a name or -A, not both");
        return {};
      },
      VmEvents);

  auto console_of = std::make_shared<std::string>();
  CLI::App* console = AddCommand(vm, "console-url", "Print the URL of a virtual machine's console",
                                 "  vrtg vm console-url web");
  AddName(console, *console_of)->required();
  OnRun(line, console, console_of, VmConsoleUrl);
}

void AddVmCreate(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmCreateOptions>();
  CLI::App* create = AddCommand(
      vm, "create", "Create a virtual machine",
      "  vrtg vm create web --provider lab --class small --image tiny --network default --wait\n"
      "  vrtg vm create db --class large --image debian --disk data=50 --user-data "
      "cloud-init.yaml");
  AddName(create, options->name)->required();
  create->add_option("--provider", options->provider,
                     "Provider (default: providers.preferred of the configuration file)");
  create->add_option("--class", options->vm_class, "VMClass")->required();
  create->add_option("--image", options->image, "VMImage");
  create->add_option("--network", options->networks, "VMNetworkAttachment; may be repeated")
      ->allow_extra_args(false);
  create->add_option("--disk", options->disks, "Another disk, as name=GiB; may be repeated")
      ->allow_extra_args(false);
  create->add_option("-l,--label", options->labels, "Label, as name=value; may be repeated")
      ->allow_extra_args(false);
  create->add_option("--user-data", options->user_data_file,
                     "File with cloud-init user data, - for standard input");
  create->add_option("--power", options->power, "On, Off or OffGraceful")
      ->check(CLI::IsMember({"On", "Off", "OffGraceful"}));
  create->add_flag("--dry-run", options->dry_run,
                   "Only ask the API server whether it would accept it");
  AddWait(create, options->wait, "Wait until it is Ready");
  OnRun(line, create, options, CheckVmCreate, VmCreate);
}

void AddVmWriters(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmDeleteOptions>();
  CLI::App* remove = AddCommand(
      vm, "delete", "Delete virtual machines, with their disks",
      "  vrtg vm delete web\n  vrtg vm delete web db --no-wait\n  vrtg vm delete -l app=web");
  AddNames(remove, options->names);
  AddSelector(remove, options->label_selector);
  remove->add_flag("--ignore-not-found", options->ignore_not_found,
                   "One that is gone already is no error");
  AddWait(remove, options->wait, "Wait until they are gone (the default)");
  const auto check = [](const Env&, const auto& o) {
    return CheckWhich(o.names, o.label_selector);
  };
  OnRun(line, remove, options, check, VmDelete);

  const auto add_power = [&](const char* name, const char* description, const char* examples,
                             PowerVerb verb) {
    auto power = std::make_shared<VmPowerOptions>();
    CLI::App* command = AddCommand(vm, name, description, examples);
    AddNames(command, power->names);
    AddSelector(command, power->label_selector);
    if (verb != PowerVerb::kStart)
      command->add_flag("--force", power->force, "Pull the plug instead of asking the guest");
    AddWait(command, power->wait, "Wait until it happened");
    OnRun(line, command, power, check,
          [verb](Env& env, const VmPowerOptions& o) { return VmPower(env, verb, o); });
  };
  add_power("start", "Power on", "  vrtg vm start web --wait\n  vrtg vm start -l app=web",
            PowerVerb::kStart);
  add_power("stop", "Shut down", "  vrtg vm stop web\n  vrtg vm stop web --force",
            PowerVerb::kStop);
  add_power("restart", "Shut down, wait until it is off, and power on",
            "  vrtg vm restart web --wait", PowerVerb::kRestart);
}

}  // namespace

void AddVmCommands(CommandLine& line) {
  CLI::App* vm =
      AddCommand(line.app, "vm", "Virtual machines", "  vrtg vm list\n  vrtg vm describe web");
  vm->require_subcommand(1);
  AddVmList(line, *vm);
  AddVmGet(line, *vm);
  AddVmReaders(line, *vm);
  AddVmCreate(line, *vm);
  AddVmWriters(line, *vm);
}

}  // namespace vr::cli
