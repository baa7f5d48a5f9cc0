import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import * as passkeyLib from "@auth_passkey/../lib/simplewebauthn";

/** Asks the browser for the passkey before the window signs, as core's identity check does. */
export class MedicalSignFormController extends FormController {
    /**
     * @override
     */
    async beforeExecuteActionButton(clickParams) {
        if (clickParams.name === "action_sign" && this.model.root.data.proof === "passkey") {
            const serverOptions = await rpc("/auth/passkey/start-auth");
            let answer;
            try {
                answer = await passkeyLib.startAuthentication(serverOptions);
            } catch {
                // The person closed the browser's window: nothing is signed.
                return false;
            }
            await this.model.root.update({ passkey: JSON.stringify(answer) });
        }
        return super.beforeExecuteActionButton(...arguments);
    }
}

registry.category("views").add("medical_sign_form", {
    ...formView,
    Controller: MedicalSignFormController,
});
