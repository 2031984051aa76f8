import { Component, createRef } from "preact";

const COPIED_SHOWN_MS = 2_000;

interface CopyLineProps {
  readonly text: string;
  /** What it does. */
  readonly label: string;
}

/** A command with a button that copies it. */
export class CopyLine extends Component<CopyLineProps, { readonly done: string | null }> {
  #timer: number | undefined;
  readonly #code = createRef<HTMLElement>();
  override state = { done: null };

  override componentWillUnmount(): void {
    window.clearTimeout(this.#timer);
  }

  override render() {
    const { text, label } = this.props;
    const { done } = this.state;
    return (
      <div class="copy">
        <p>{label}</p>
        <div>
          <code ref={this.#code}>{text}</code>
          <button type="button" onClick={() => void this.#copy()} aria-label={`copy: ${text}`}>
            {done ?? "copy"}
          </button>
        </div>
        <span class="unseen" role="status">
          {done ?? ""}
        </span>
      </div>
    );
  }

  /** Browsers offer the clipboard only to pages that came by HTTPS or from this machine. Elsewhere the text is selected. */
  async #copy(): Promise<void> {
    const isCopied = window.isSecureContext && (await copied(this.props.text));
    if (!isCopied && this.#code.current !== null) window.getSelection()?.selectAllChildren(this.#code.current);
    this.setState({ done: isCopied ? "copied" : "press Ctrl+C" });
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.setState({ done: null }), COPIED_SHOWN_MS);
  }
}

function copied(text: string): Promise<boolean> {
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
