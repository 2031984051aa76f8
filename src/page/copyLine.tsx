import { Component } from "preact";

const COPIED_SHOWN_MS = 2_000;

interface CopyLineProps {
  readonly text: string;
  /** What it does. */
  readonly label: string;
}

/** A command with a button that copies it. */
export class CopyLine extends Component<CopyLineProps, { readonly copied: boolean }> {
  #timer: number | undefined;
  override state = { copied: false };

  override componentWillUnmount(): void {
    window.clearTimeout(this.#timer);
  }

  override render() {
    const { text, label } = this.props;
    return (
      <div class="copy">
        <p>{label}</p>
        <div>
          <code>{text}</code>
          <button type="button" onClick={() => void this.#copy()} aria-label={`copy: ${text}`}>
            {this.state.copied ? "copied" : "copy"}
          </button>
        </div>
        <span class="unseen" role="status">
          {this.state.copied ? "copied" : ""}
        </span>
      </div>
    );
  }

  async #copy(): Promise<void> {
    await copy(this.props.text);
    this.setState({ copied: true });
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.setState({ copied: false }), COPIED_SHOWN_MS);
  }
}

/** Browsers offer the clipboard only to pages that came by HTTPS or from this machine; the older way works everywhere. */
async function copy(text: string): Promise<void> {
  if (window.isSecureContext) {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (done) return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
