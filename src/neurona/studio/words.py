"""Every word of the page, in the language in use. It imports nothing heavy: the server says them too."""

from __future__ import annotations

from neurona.language import LANGUAGES, _, language, use
from neurona.studio.data_words import of_data
from neurona.studio.family_words import of_families
from neurona.studio.open_words import of_opening
from neurona.studio.view_words import of_views


def labels() -> dict[str, str]:
    """Return what controls are called."""
    return {
        "name": _("Data"),
        "samples": _("Samples"),
        "noise": _("Noise"),
        "classes": _("Classes"),
        "labels": _("Labels"),
        "words": _("Words"),
        "length": _("Length"),
        "symbols": _("Symbols"),
        "gap": _("Gap"),
        "function": _("Function"),
        "valid": _("Validation share"),
        "test": _("Test share"),
        "seed": _("Seed"),
        "kind": _("Kind of net"),
        "activation": _("Activation"),
        "dropout": _("Dropout"),
        "batch_norm": _("Batch norm"),
        "init": _("Initial weights"),
        "latent": _("Latent numbers"),
        "copies": _("Copies"),
        "boxes": _("Boxes"),
        "cell": _("Cell"),
        "hidden": _("Hidden units"),
        "layers": _("Layers"),
        "optimizer": _("Optimizer"),
        "lr": _("Learning rate"),
        "schedule": _("Schedule"),
        "batch": _("Batch"),
        "epochs": _("Epochs"),
        "weight_decay": _("Weight decay"),
        "momentum": _("Momentum"),
        "bidirectional": _("Both directions"),
        "embedding": _("Embedding"),
        "embedding_dropout": _("Its dropout"),
        "memory": _("Memory"),
        "readout": _("Read out"),
        "attention": _("Attention"),
        "low": _("From"),
        "high": _("To"),
        "steepness": _("Steepness"),
        "language": _("Language"),
        "window": _("Window"),
        "stride": _("Stride"),
        "minimum": _("Least often"),
        "distractors": _("Distractors"),
        "largest": _("Largest"),
        "stem": _("Stem"),
        "head": _("Head"),
        "standardise": _("Standardise"),
        "task": _("Task"),
        "augment": _("Augmentation"),
        "normalise": _("Normalisation"),
        "resize": _("Resized to"),
        "activations": _("Activations"),
        "latent_activation": _("Latent activation"),
        "channels": _("Channels"),
        "trunk": _("Trunk"),
        "weights": _("Weights"),
        "loss": _("Loss function"),
        "reduction": _("Reduction"),
        "clip": _("Gradient clipping"),
        "warmup": _("Warm-up"),
        "step_size": _("Step size"),
        "patience": _("Patience"),
        "precision": _("Precision"),
        "engine": _("Engine"),
        "device": _("Device"),
        "frozen": _("Frozen"),
        "views": _("Views"),
        "divergence": _("Divergence"),
        "every": _("Epochs a row"),
        "snapshots": _("Snapshots"),
    }


def label(name: str) -> str:
    """Return what a control is called; an option without a name of its own goes by its key."""
    return labels().get(name, name.replace("_", " ").capitalize())


def explanations() -> dict[str, str]:
    """Return one line about each control, by its key."""
    return {
        "data.samples": _("How many samples are made, for training, validation and test together."),
        "data.noise": _("How far samples stray from where the rule puts them; more is harder."),
        "data.classes": _("How many classes there are to tell apart."),
        "data.gap": _("Whether nothing is measured in a stretch in the middle."),
        "data.function": _("The curve that the net is to find."),
        "data.valid": _("The share of the samples that is held back to watch the net while it trains."),
        "data.test": _("The share that is held back to judge the net; it never learns from them."),
        "data.seed": _("Another seed gives other samples and another split; the same one gives the same."),
        "net.kind": _("The family that the net is of."),
        "net.activation": _("What each hidden unit does with its sum; without it the net stays a straight line."),
        "net.dropout": _("The share of hidden units that are silenced at random in each training step."),
        "net.batch_norm": _("Brings the sums of each layer to mean 0 and deviation 1 over a batch."),
        "net.init": _("How the weights are drawn that training starts from."),
        "fit.optimizer": _("How weights follow the gradient."),
        "fit.lr": _("How long each step along the gradient is; too long diverges, too short takes forever."),
        "fit.schedule": _("How the learning rate changes over training."),
        "fit.batch": _("How many samples one step looks at; small ones make noisy steps, and more of them."),
        "fit.epochs": _("How many times training goes through all training samples."),
        "fit.weight_decay": _("Pulls weights towards 0, so that the net stays smooth."),
        "fit.momentum": _("How much of the last step is kept in the next one."),
        "fit.seed": _("Of the weights, the order of the samples and dropout (fit.seed)."),
    }


def explanation(key: str) -> str:
    """Return the line about a control; empty when there is none."""
    return explanations().get(key, "")


def words() -> dict[str, str]:
    """Return the words that stand on the page, by the name that its components have for them."""
    return {
        **_driving(),
        **_building(),
        **_watching(),
        **of_views(),
        **of_families(),
        **of_opening(),
        **_taking(),
        **_saying(),
        **of_data(),
    }


def _driving() -> dict[str, str]:
    return {
        "play": _("Train"),
        "pause": _("Pause"),
        "step": _("One step of the history"),
        "reset": _("Start anew"),
        "epoch": _("Epoch"),
        "of": _("of {total}"),
        "speed": _("Speed"),
        "slow": _("slow"),
        "medium": _("medium"),
        "fast": _("fast"),
        "full": _("as fast as it goes"),
        "ready": _("ready"),
        "training": _("training"),
        "paused": _("paused"),
        "done": _("done"),
        "early": _("ended early"),
        "early_help": _(
            "Patience (fit.patience) ran out: what is watched had not become better for so many epochs. "
            "The weights are the best ones."
        ),
        "diverged": _("diverged"),
        "busy": _("working …"),
        "keys": _("Keys: space trains and pauses, → makes one step, R starts anew, T shows the recipe."),
    }


def _building() -> dict[str, str]:
    return {
        "data": _("Data"),
        "network": _("Net"),
        "fit": _("Training"),
        "upload": _("Your data"),
        "upload_help": _(
            "Upload a table (CSV, TSV, Parquet) or pictures (a zip file with a folder for each class), "
            "up to {most} MB; or drop them here."
        ),
        "too_large": _("The file is larger than {most} MB."),
        "too_large_hint": _("Take a part of its rows, or train it with: neurona train FILE --target COLUMN"),
        "upload_failed": _("The upload did not arrive."),
        "upload_kind": _("{file} is neither a table nor a zip file of pictures."),
        "target": _("What is to be predicted?"),
        "target_back": _("Which column only names the rows?"),
        "give_back": _("Predict nothing: learn to give the rows back (variational autoencoder)"),
        "target_help": _("Choose the column; below, what the net sees of the others."),
        "use_table": _("Use this table"),
        "none_seen": _("No column is left for the net to see: choose one, or bring a table with others."),
        "cancel": _("Cancel"),
        "recipes": _("Recipes"),
        "search": _("Search recipes"),
        "nothing_found": _("No recipe fits these words."),
        **_of_recipes(),
        "add_layer": _("Add a layer"),
        "remove_layer": _("Remove this layer"),
        "add_unit": _("One unit more"),
        "remove_unit": _("One unit less"),
        "units": _("{count} units"),
        "unit": _("{count} unit"),
        "more_units": _("{count} more"),
        "hidden_layer": _("Hidden layer {number}"),
        "hidden_short": _("Hidden {number}"),
        "input": _("Input"),
        "output": _("Output"),
        "layer": _("Layer"),
        "shape": _("Shape"),
        "parameters": _("Parameters"),
        "parameter_count": _("{count} parameters"),
        "toml": _("Recipe as TOML"),
        "toml_help": _("Each change shows in the controls, and each control changes this text."),
        "other": _("other …"),
        "all": _("all"),
    }


def _watching() -> dict[str, str]:
    return {
        "surface": _("What it answers"),
        "line": _("What it answers"),
        "curves": _("Learning curves"),
        "confusion": _("Confusion matrix"),
        "confusion_of": _("{count} samples of {split}"),
        "train": _("train"),
        "valid": _("validation"),
        "test": _("test"),
        "show_test": _("Show test points"),
        "confusion_axes": _("rows: true class, columns: predicted"),
        "weight": _("weight {value}"),
        "bias": _("bias {value}"),
        "pixel": _("pixel in row {row}, column {column}"),
        "pixel_help": _("Of the pixels those that vary most, on the mean of training pictures."),
        "spread": _("Histograms: {count} training samples"),
        "spread_help": _(
            "How what a unit sees or answers is spread, from the least value to the largest; "
            "heights are roots of counts, the line is 0."
        ),
        "spread_own": _("of the class"),
        "spread_others": _("of others"),
        "spread_with": _("with the label"),
        "spread_without": _("without"),
        "spread_ends": _("from {low} to {high}"),
        "spread_always": _("always {value}"),
        "unit_curves": _("Curves: what each unit answers, {axis} from {low} to {high}"),
        "unit_curves_help": _("Each curve reaches from the least answer of its unit to the largest; the line is 0."),
        "formula_logit": _("P({name}) = σ({sum})"),
        "formula_step": _("{name} where {sum} ≥ 0"),
        "formula_units": _("in units of the data"),
        "formula_help": _("What the net computes, with its weights of now; standardisation is taken into the numbers."),
        "spread_says": _(
            "Unit {number} of {layer} tells the classes apart best: {share} lie in a bar of mostly theirs"
        ),
        "waiting": _("Press Train, and the net begins to learn."),
        "first_epoch": _("The curves begin once the first epoch is done."),
        "no_number": _("The loss is no number any more: choose a smaller learning rate, and train anew."),
        "samples_of": _("{train} train, {valid} validation, {test} test"),
        "notes": _("What was found in the data"),
    }


def _taking() -> dict[str, str]:
    return {
        "take": _("Take away"),
        "take_pytorch": _("PyTorch file"),
        "take_pytorch_help": _("One Python file with the net and its weights; it needs torch and numpy alone."),
        "take_recipe": _("Recipe"),
        "take_recipe_help": _("The text of this experiment, for: neurona train FILE"),
        "take_run": _("Run directory"),
        "take_run_help": _("Recipe, history, weights and checkpoint, as a zip file."),
        "take_report": _("Report"),
        "take_report_help": _("One page with curves, pictures and what stands out."),
        "take_onnx": "ONNX",
        "take_onnx_help": _("The net for other programs and languages, checked against this one."),
        "take_gif": _("Film of the training"),
        "take_gif_help": _("What the net answers, from its first weights to these, as a GIF."),
        "take_gif_none": _("Not of this net: classifiers of two columns and nets that make pictures have one."),
        "take_picture": _("Picture in view"),
        "take_picture_help": _("As lines that stay sharp, or as dots."),
        "preparing": _("being made …"),
        "uploading": _("being read …"),
        "share": _("Copy the link"),
        "share_help": _("An address that holds the whole recipe, for others who use this Studio."),
        "copied": _("The link is copied: whoever opens it finds this experiment."),
    }


def _saying() -> dict[str, str]:
    return {
        "theme": _("Light or dark"),
        "language": _("Language"),
        "close": _("Close"),
        "lost": _("The connection is lost."),
        "reconnecting": _("Trying to connect again; training goes on meanwhile."),
        "loading": _("Loading …"),
        "stopped": _("Studio does not answer: it was stopped, or the network is down."),
        "stopped_hint": _("This page goes on by itself once it is back; its address keeps the recipe."),
        "wait": _("Weights are trained first"),
        "wait_left": _("about {minutes} min to go"),
        "wait_stop": _("Do not wait"),
        "all_taken": _("All places are taken"),
        "full_many": _("{visitors} people are at work here, as many as this machine has room for."),
        "full_one": _("One person is at work here, and this machine has room for no more."),
        "place": _("You are number {place} in the queue."),
        "next": _("You are next."),
        "full_hint": _("Leave this page open: it begins by itself as soon as a place is free."),
    }


def in_all_languages() -> dict[str, dict[str, str]]:
    """Return the words of the page in each language."""
    before = language()
    found = {}
    for code in LANGUAGES:
        use(code)
        found[code] = words()
    use(before)
    return found


def _of_recipes() -> dict[str, str]:
    """The families that recipes are listed by."""
    return {
        "family_dense": _("Dense networks"),
        "family_convolutional": _("Convolutional networks"),
        "family_transfer": _("Transfer learning"),
        "family_generative": _("Autoencoders and made samples"),
        "family_recurrent": _("Recurrent networks"),
    }
