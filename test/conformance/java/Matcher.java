// AWS's own event matcher, asked line by line: {"pattern": text, "event": {...}} in, and out
// {"refused": why} or {"matches": boolean}. It judges nothing itself.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

public class Matcher {
  private static final ObjectMapper json = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      output.println(answer(json.readTree(line)));
    }
    output.flush();
  }

  private static ObjectNode answer(JsonNode question) throws Exception {
    Machine machine = new Machine();
    try {
      machine.addRule("pattern", question.get("pattern").asText());
    } catch (Exception refusal) {
      return json.createObjectNode().put("refused", String.valueOf(refusal.getMessage()));
    }
    boolean matches = !machine.rulesForJSONEvent(question.get("event").toString()).isEmpty();
    return json.createObjectNode().put("matches", matches);
  }
}
